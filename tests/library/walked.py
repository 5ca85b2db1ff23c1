"""Walks a picture through the whole service: a shop tells, the service works, messages leave.

The shop is the sandbox's, with the platform's real adapter; only the vendors of mail and texts
are fakes. The clock stands wherever something is due, in the shop as in the service.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import exists, or_, select, update

from connector.domain.carts import CartState
from connector.domain.flows import TriggerKind
from connector.domain.flows.flow import CART_TRIGGERS
from connector.models import Cart, Flow, FlowState, Message, MessageState, Run
from connector.ports.channel import Outgoing
from connector.services import flow_texts
from connector.services.flows import GOING_ON
from jobs import flow_means
from jobs.orders import refresh as ask_for_orders
from jobs.runtime import runtime
from tests.fakes import Fakes
from tests.library.pictures import Picture
from tests.library.shops import Shop, Visitor
from tests.library.town import Town
from tests.stage import Stage

_LONG = timedelta(days=100)
_numbers = count()
# Real ranges: who she is by her number is asked of the numbering plans.
_PHONES = {"US": "+1212555{:04}", "GB": "+447400{:06}", "KR": "+8210{:08}"}
_BOUGHT_BEFORE = timedelta(days=45)
_PACKED = timedelta(days=1)


def visitor(picture: Picture) -> Visitor:
    """The picture's shopper: nobody was called like her before."""
    number, country = next(_numbers) + 100, picture.place.country
    details = {
        "email": f"ana{number}@example.com",
        "phone": _PHONES[country].format(20000000 + number if country == "KR" else number),
        "first_name": "Ana",
        "last_name": "Lima",
        "country": country,
        "locale": "ko-KR" if country == "KR" else "en-US",
    }
    consents = picture.who.consents.items()
    return Visitor(details, {f"accepts_{medium}": said == "yes" for medium, said in consents})


@dataclass
class Walk(Stage):
    """One shopper's days in a shop, as the picture has them."""

    town: Town = field(kw_only=True)
    shop: Shop = field(kw_only=True)
    picture: Picture = field(kw_only=True)
    lines: list[str] = field(default_factory=list, kw_only=True)
    links: list[str] = field(default_factory=list, kw_only=True)  # where a message led
    codes: list[list[str]] = field(default_factory=list, kw_only=True)  # a message's
    cart_id: str = field(default="", kw_only=True)
    who: Visitor = field(init=False)

    def through(self) -> list[str]:
        """From what begins it to its end."""
        self.begin()
        if self.picture.bought is not None:
            self.until(self.picture.bought)
            self.buys()
        return self.to_the_end()

    def begin(self) -> None:
        """The merchant switches the flow on, and she does what begins it."""
        picture = self.picture
        self.who = visitor(picture)
        self.town.forget(picture.began - _LONG)
        self.shop.forget()
        if picture.quiet is not None:
            self.configure(quiet=picture.quiet)
        self._switch_off()
        self._bought_before()
        self.set_clock(picture.began - _PACKED)
        self._switch_on()
        if picture.begins in CART_TRIGGERS:
            self.set_clock(picture.began)
            self.cart_id = self.shop.begins_cart(self.who, picture.begins)
        else:
            self._orders()
        self.settle()

    def _bought_before(self) -> None:
        orders = max(self.picture.who.orders, self.picture.nth - 1)
        if orders:
            self.set_clock(self.picture.began - _BOUGHT_BEFORE)
            spent = Decimal(self.picture.who.spent) or Decimal(100)
            self.shop.bought_before(self.who, orders, spent)
            ask_for_orders(self.store.id)

    def _switch_on(self) -> None:
        """The picture's flow and no other, as the library has it."""
        key = self.picture.flow
        with self.session() as session:
            store = self._store(session)
            if flow_texts.find(session, store, key) is None:
                means = flow_means.of_store(session, store)
                flow_texts.apply(session, store, flow_texts.library_text(key), means, self.now)
            session.execute(update(Flow).where(Flow.key == key).values(state=FlowState.ON))

    def _switch_off(self) -> None:
        with self.session() as session:
            session.execute(update(Flow).values(state=FlowState.OFF))

    def _orders(self) -> None:
        """The order that begins the flow, by itself or by what becomes of it."""
        sent_out = self.picture.begins is TriggerKind.ORDER_FULFILLED
        self.set_clock(self.picture.began - (_PACKED if sent_out else timedelta()))
        order = self.shop.buys(self.shop.fills_cart(self.who))["order"]
        if sent_out:
            self.settle()
            self.set_clock(self.picture.began)
            self.shop.sends_out(order)

    def buys(self, **how: str) -> dict[str, Any]:
        """She orders: her cart, or if she left none something new."""
        self.shop.set_clock(self.now)
        cart = self.cart_id or self.shop.fills_cart(self.who)
        told = self.shop.buys(cart, **how)
        self.settle()
        return told

    def until(self, at: datetime) -> None:
        """Let time pass, doing all that is due on the way."""
        self.after(seconds=(at - self.now).total_seconds())

    def to_the_end(self) -> list[str]:
        """Until nothing of it is to come; the picture's lines."""
        for _ in range(100):
            due = None if self._is_over() else self._next_due(self.now + _LONG)
            if due is None:
                return self.lines or self._refusal()
            self.set_clock(due)
            self.settle()
        raise AssertionError("it never ends")

    def _is_over(self) -> bool:
        """True once no message waits, nobody shops, and the run that this began has ended."""
        with self.session() as session:
            first = session.scalars(select(Run).order_by(Run.id).limit(1)).first()
            if first is not None and first.state in GOING_ON:
                return False
            waits = exists().where(Message.state == MessageState.SCHEDULED)
            shops = exists().where(Cart.state == CartState.OPEN, Cart.due_at.is_not(None))
            return not session.scalar(select(or_(waits, shops)))

    def _refusal(self) -> list[str]:
        """Why nothing was begun; nothing to say where a run went through without a message."""
        runs = self.rows(Run)
        if runs:
            ended = runs[0].ended_at
            early = ended is not None and runs[0].due_at > ended
            return ["not entered: she ordered before"] if early else []
        said = [text for text in self.story() if text.startswith("Not entered")]
        reasons = [text.partition(": ")[2] for text in said] or ["it does not begin with this"]
        return [f"not entered: {reason}" for reason in reasons]

    def set_clock(self, at: datetime) -> None:
        """It is `at` in the shop too."""
        super().set_clock(at)
        self.shop.set_clock(at)

    def settle(self) -> None:
        """Do everything that is due, and look at what left."""
        super().settle()
        for medium, sent in Fakes.world.outbox[len(self.lines) :]:
            self._look(medium, sent)

    def _look(self, medium: str, sent: Outgoing) -> None:
        assert sent.to == self.who.details["email" if medium == "email" else "phone"]
        offer, codes = self.shop.gift(sent.text, self.now)
        self.lines.append(self.picture.line(self.now, medium, self._template(sent.key), offer))
        self.codes.append(codes)
        back = [word for word in sent.text.split() if "/r/" in word]
        self.links += [self._leads_to(link) for link in back]
        if codes and self.cart_id:  # who comes back to her cart has nothing to type
            assert all(code.lower() in self.links[-1].lower() for code in codes)

    def _template(self, key: str) -> str:
        with self.session() as session:
            return session.scalars(select(Message.template).where(Message.key == UUID(key))).one()

    def _leads_to(self, link: str) -> str:
        """Where a link leads, as a mail program looks at it beforehand: no click of hers."""
        agent = {"User-Agent": "link preview"}
        return self.town.browser().get(urlsplit(link).path, headers=agent).headers["Location"]


def walk_in(town: Town, kind: str, picture: Picture) -> Walk:
    """The picture's shopper, about to set out in the shop of a platform."""
    shop, store = town.shop(kind, picture.place)
    return Walk(runtime().sessions, store, town=town, shop=shop, picture=picture)
