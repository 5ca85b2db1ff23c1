"""A shopper: what she does in the shop, in her mail and on her phone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connector.cli.playground import Playground, Shop
from connector.cli.playground.calls import SCANNER, DemoError, Page, follow, press


@dataclass
class Shopper:
    """One person of the play; `begun` is when she comes into the shop (UTC)."""

    play: Playground
    shop: Shop
    begun: datetime
    first_name: str
    last_name: str
    email: str
    phone: str
    country: str
    province: str
    locale: str
    items: Sequence[Mapping[str, Any]]
    text_after: int  # minutes from `begun` until a text has reached her
    accepts_email: bool | None = None
    accepts_sms: bool | None = None
    cart: str = ""
    order: str = ""
    bought_at: datetime | None = None
    _at_the_till: bool = field(default=True, repr=False)  # the shop knows who she is

    def fills_cart(self, *, stage: str = "checkout", **changes: Any) -> None:
        """She puts goods in her cart and types who she is."""
        asked = {**self._details(), "items": list(self.items), "stage": stage, **changes}
        self.cart = self.shop.lever.post("carts", **asked)["cart"]

    def browses(self) -> None:
        """She fills a cart and never says who she is."""
        asked = {"items": list(self.items), "stage": "cart", "country": self.country}
        self.cart = self.shop.lever.post("carts", **asked)["cart"]

    def adds(self, item: Mapping[str, Any]) -> None:
        """One thing more."""
        self.shop.lever.post(f"carts/{self.cart}", items=[*self.items, item])

    def empties_cart(self) -> None:
        """She wants none of it any more."""
        self.shop.lever.post(f"carts/{self.cart}/empty")

    def pays(self, outcome: str = "paid", **asked: Any) -> None:
        """She presses the button; `quiet=True` loses the webhooks of the order."""
        if not self._at_the_till:
            self.shop.lever.post(f"carts/{self.cart}", **self._details())
        told = self.shop.lever.post(f"carts/{self.cart}/order", outcome=outcome, **asked)
        self.order = told["order"]
        if told["code_reason"]:
            raise DemoError(f"{self.email}: her code was refused: {told['code_reason']}")
        if outcome in {"paid", "on-hold"} or asked.get("gateway") == "cod":
            self.bought_at = self.play.clock.now()

    def pays_the_open_order(self) -> None:
        """She settles an order that was not paid."""
        self.shop.lever.post(f"orders/{self.order}/status", status="processing")
        self.bought_at = self.play.clock.now()

    def follows_the_mail(self) -> None:
        """She opens the reminder and comes back to her cart."""
        page = follow(self._link(self._mail()["text"]))
        self._arrives(page)

    def follows_the_text(self) -> None:
        """She taps the link of the text: her cart, with the code applied."""
        self._arrives(follow(self._link(self._text())))

    def has_her_mail_scanned(self) -> None:
        """A machine opens the link before she reads the mail."""
        follow(self._link(self._mail()["text"]), SCANNER)

    def unsubscribes(self) -> None:
        """Her mail program's button."""
        header = self._mail()["headers"]["List-Unsubscribe"]
        page = press(header.strip("<>"))
        if page.status != 200:  # noqa: PLR2004 - HTTP's OK
            raise DemoError(f"{self.email} could not unsubscribe: {page.status}")

    def replies(self, words: str) -> None:
        """She answers the text."""
        self.play.twilio.post("reply", **{"from": self.phone, "body": words})

    def is_given_back(self, amount: str | None = None) -> None:
        """The merchant refunds her order, all of it unless an amount is named."""
        self.shop.lever.post(f"orders/{self.order}/refund", amount=amount)

    def is_called_off(self) -> None:
        """The merchant cancels her order."""
        self.shop.lever.post(f"orders/{self.order}/cancel")

    def _details(self) -> dict[str, Any]:
        names = ("email", "phone", "first_name", "last_name", "country", "province", "locale")
        said = {name: getattr(self, name) for name in ("accepts_email", "accepts_sms")}
        return {name: getattr(self, name) for name in names} | said

    def _arrives(self, page: Page) -> None:
        if page.status != 200:  # noqa: PLR2004 - HTTP's OK
            raise DemoError(f"{self.email}: her link led to {page.url}: {page.status}")
        self._at_the_till = page.cart == self.cart
        self.cart = page.cart or self.cart

    def _mail(self) -> dict[str, Any]:
        found = self.play.mail.get(f"mails?to={self.email.replace('+', '%2B')}")
        marketing = [mail for mail in found if "List-Unsubscribe" in mail["headers"]]
        if not marketing:
            raise DemoError(f"no reminder reached {self.email}")
        newest: dict[str, Any] = marketing[-1]
        return newest

    def _text(self) -> str:
        found = [
            message["body"]
            for message in self.play.twilio.get("state")["messages"]
            if message["to"] == self.phone
        ]
        if not found:
            raise DemoError(f"no text reached {self.phone}")
        return str(found[-1])

    def _link(self, text: str) -> str:
        found = re.search(rf"{re.escape(self.play.running.urls['web'])}/r/[\w-]+", text)
        if found is None:
            raise DemoError(f"there is no link in: {text}")
        return found[0]
