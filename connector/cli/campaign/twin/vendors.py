"""What is outside of a store: its shop, the vendors of its media, an outlet for its staff.

The vendors are the rehearsal's own: they answer by a message's name and attempt. Here a
message is known to them by its key; `Post` says which name that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from connector.channels import CHANNELS
from connector.domain.carts import CartLine, OrderSnapshot
from connector.domain.discounts import DiscountTerms
from connector.errors import CodeTaken, Malformed, NotSent, OutcomeUnknown, Refused, Scope
from connector.outlets import OUTLETS
from connector.ports.channel import Channel, Outgoing, Receipt, Repeat, Trace
from connector.ports.events import OrderPlaced, StoreEvent
from connector.ports.outlet import Notice, Outlet
from connector.ports.platform import (
    DiscountMade,
    PastKind,
    PastSlice,
    ProductCard,
    RawWebhook,
    Retired,
    StoreInfo,
    StorePlatform,
)
from connector.rehearsal.rows import Shop
from connector.rehearsal.vendors import Answer, Fate, Vendor
from platforms import PLATFORMS

_HOME = "https://shop.example"
_SCOPES = {"": Scope.MESSAGE, "bad address": Scope.ADDRESS}


@dataclass(frozen=True)
class Letter:
    """How the vendors know a message, and which attempt of theirs this is."""

    name: str
    attempt: int
    at: datetime


@dataclass
class Post:
    """The outside of one store."""

    shop: Shop
    vendor: Vendor
    letters: dict[str, Letter] = field(default_factory=dict)  # by our key
    books: list[OrderSnapshot] = field(default_factory=list)
    codes: dict[str, DiscountMade] = field(default_factory=dict)
    told: list[Notice] = field(default_factory=list)
    asked: int = 0  # how many orders the shop has told

    @property
    def unasked(self) -> bool:
        """True if the shop has orders that it was not asked for."""
        return self.asked < len(self.books)


class Outside:
    """Where the adapters of this process find the outside of the store that plays."""

    post: ClassVar[Post]


class TwinShop(StorePlatform):
    """A shop that shows its books when it is asked; its own news come by another way."""

    kind = "twin"
    settings = ()

    @classmethod
    def read_webhook(cls, headers: Sequence[tuple[str, str]], body: bytes) -> RawWebhook:
        """It sends none."""
        del headers, body
        raise Malformed("this shop sends no webhooks")

    @classmethod
    def verify(cls, webhook: RawWebhook, secrets: Sequence[str]) -> None:
        """It sends none."""
        del webhook, secrets
        raise Malformed("this shop sends no webhooks")

    def parse(self, webhook: RawWebhook, received_at: datetime) -> list[StoreEvent]:
        """It sends none."""
        del webhook, received_at
        raise Malformed("this shop sends no webhooks")

    def info(self) -> StoreInfo:
        """Who it is."""
        shop = Outside.post.shop
        return StoreInfo(shop.name, shop.currency, shop.timezone, _HOME, "", shop.country)

    def subscribe(self, callback_url: str, secret: str) -> list[str]:
        """Nothing to subscribe to."""
        del callback_url, secret
        return []

    def orders_since(self, since: datetime) -> list[StoreEvent]:
        """Its books from `since` on."""
        post = Outside.post
        post.asked = len(post.books)
        return [OrderPlaced(order) for order in post.books if order.source_at >= since]

    def find_discount(self, code: str) -> DiscountMade | None:
        """A code by its name."""
        return Outside.post.codes.get(code.lower())

    def create_discount(self, terms: DiscountTerms) -> DiscountMade:
        """Make a code; CodeTaken if it exists."""
        codes, name = Outside.post.codes, terms.code.lower()
        if name in codes:
            raise CodeTaken(f"the code {terms.code} exists")
        made = DiscountMade(f"d{len(codes) + 1}", terms.code, terms.expires_at, terms.reference)
        codes[name] = made
        return made

    def retire_discounts(self, platform_ids: Sequence[str]) -> list[Retired]:
        """Its codes cost nothing to keep."""
        return [Retired(one) for one in platform_ids]

    def products(self, product_ids: Sequence[str]) -> list[ProductCard]:
        """No pictures here."""
        del product_ids
        return []

    def customer(self, customer_id: str, email: str) -> None:
        """It keeps no accounts."""
        del customer_id, email

    def past(self, kind: PastKind, since: datetime, cursor: str) -> PastSlice:
        """It opened when the play began."""
        del kind, since, cursor
        return PastSlice((), "")

    def cart_link(self, lines: Sequence[CartLine], codes: Sequence[str]) -> str:
        """Any page of the shop."""
        del lines, codes
        return f"{_HOME}/cart"

    def owns_url(self, url: str) -> bool:
        """True for its own pages."""
        return url.startswith(f"{_HOME}/")


class _ToVendor(Channel):
    """A medium of the rehearsal's vendor."""

    settings = ()
    key_ttl = timedelta(days=1)

    def send(self, message: Outgoing) -> Receipt:
        """One attempt, which ends as the vendor has it."""
        letter = Outside.post.letters[message.key]
        vendor = Outside.post.vendor
        _raise(vendor.send(letter.name, self.medium, letter.attempt, letter.at))
        return Receipt(letter.name)

    def look_up(self, key: str, to: str, since: datetime) -> list[Trace]:
        """What the vendor took."""
        del to, since
        name = Outside.post.letters[key].name
        return [Trace(name, "", key)] if Outside.post.vendor.has(name) else []


def _raise(answer: Answer) -> None:
    match answer.fate:
        case Fate.REFUSED:
            raise Refused("refused", _SCOPES.get(answer.stops, Scope.OPT_OUT))
        case Fate.NOT_SENT:
            raise NotSent("not sent")
        case Fate.UNKNOWN | Fate.DIED_INFLIGHT | Fate.DIED_CLAIMED:
            raise OutcomeUnknown("no answer")
        case Fate.ACCEPTED:
            return


class Staff(Outlet):
    """Staff who hear everything."""

    kind = "slack"
    settings = ()
    repeatable = False

    def deliver(self, notice: Notice) -> None:
        """Heard."""
        Outside.post.told.append(notice)


def _channel(medium_: str, repeat_: Repeat) -> type[_ToVendor]:
    class Made(_ToVendor):
        kind = kind_of(medium_, repeat_)
        medium = medium_
        repeat = repeat_

    return Made


def kind_of(medium: str, repeat: Repeat) -> str:
    """How the channel of a medium is called whose vendor promises this."""
    return f"twin_{medium}_{repeat.name.lower()}"


def register() -> None:
    """Make this process know them; the product's own registries have none of them."""
    PLATFORMS[TwinShop.kind] = TwinShop
    OUTLETS[Staff.kind] = Staff
    made = (_channel(medium, repeat) for medium in ("email", "sms") for repeat in Repeat)
    CHANNELS.update({one.kind: one for one in made})
