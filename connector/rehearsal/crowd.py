"""People who abandon carts, come back, refuse, forget: seeded, so that a story can be repeated.

Deliveries go wrong as they do: 3 % come twice, 5 % are overtaken, 1 % never come, 0.5 % are up
to a day late.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from connector.domain.carts import CartKind, CartLine, CartSnapshot, OrderSnapshot, Payment
from connector.domain.flows import Flow
from connector.domain.flows.holdout import Holdout
from connector.domain.money import Money
from connector.domain.people import Person
from connector.domain.settings import StoreSettings
from connector.ports.events import (
    CartChanged,
    CartClosed,
    ConsentChanged,
    ConsentMark,
    ConsentState,
    ErasureAsked,
    OrderPlaced,
    OrderRefunded,
)
from connector.rehearsal.news import (
    Clicked,
    Event,
    FlowSwitched,
    HoldoutSet,
    PlacedAtShop,
    ServiceAway,
    SettingsEdited,
    ShopSilent,
    Told,
    Unsubscribed,
)
from connector.rehearsal.places import EDITED, PLACES, SETTINGS, Place, flows
from connector.rehearsal.rows import FlowState, Shop

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_TWICE, _OVERTAKEN, _LOST, _LATE = 0.03, 0.05, 0.01, 0.005
# How likely people are ...
_NEARBY, _SLEEPS = 0.6, 0.8  # to live where the shop is; to do nothing at night
_HAS_ACCOUNT, _GIVES_EMAIL, _GIVES_PHONE, _GIVES_COUNTRY = 0.4, 0.9, 0.6, 0.8
_YES_EMAIL, _YES_SMS = 0.7, 0.5
_NAMES_CART, _REFUNDED = 0.7, 0.05
_ENDS = {"soon": 12, "later": 10, "emptied": 2, "left": 76}  # of 100 carts
_WISHES = {"no mail": 30, "no texts": 10, "no": 10, "forget": 5, "click": 95, "none": 850}
_NIGHT = range(1, 7)


@dataclass(frozen=True)
class Scene:
    """One shop and all that happens to it, in the order in which it is told."""

    shop: Shop
    flows: Sequence[Flow]
    settings: StoreSettings
    story: Sequence[Told]
    carts: int


def scenes(carts: int, seed: int, since: datetime, days: int) -> Iterator[Scene]:
    """A scene for each of the twelve places; together they have so many carts."""
    running = flows()
    for number, place in enumerate(PLACES):
        share = carts // len(PLACES) + (number < carts % len(PLACES))
        author = Author(_dice(f"{seed}:{place.zone}"), place, since, days)
        author.write(share)
        yield Scene(place.shop, running, SETTINGS, author.story(), share)


def _dice(seed: str) -> Random:
    return Random(seed)  # noqa: S311 - a story to be repeated, no secret


@dataclass
class Author:
    """Writes what happens to one shop; the same `random` gives the same story."""

    random: Random
    place: Place
    since: datetime
    days: int
    told: list[tuple[datetime, int, Event]] = field(default_factory=list)
    people: int = 0
    orders: int = 0

    def story(self) -> list[Told]:
        """In the order in which it is told."""
        ordered = sorted(self.told, key=lambda one: one[:2])
        return [Told(at, event) for at, _, event in ordered]

    def write(self, carts: int) -> None:
        """So many carts, of as many people as it takes; and what the merchant does."""
        self._merchant()
        left = carts
        while left > 0:
            count = min(left, self.random.choice((1, 1, 1, 2, 2, 3, 4)))
            self._life(count)
            left -= count

    def say(self, at: datetime, event: Event) -> None:
        """It is told for certain, at this moment."""
        self.told.append((at, len(self.told), event))

    def deliver(self, at: datetime, event: Event) -> None:
        """It is told as well as webhooks tell: twice, late, out of turn or never."""
        chance, soon = self.random.random, self.random.randrange
        if chance() < _LOST:
            return
        delay = timedelta(milliseconds=soon(3000))
        if chance() < _LATE:
            delay = timedelta(seconds=soon(86_400))
        elif chance() < _OVERTAKEN:
            delay += timedelta(seconds=soon(300))
        self.say(at + delay, event)
        if chance() < _TWICE:
            self.say(at + delay + timedelta(seconds=soon(600)), event)

    def _merchant(self) -> None:
        """She pauses a flow, switches one off and on, measures, edits; and machines fail."""
        at = self.since + _HOUR * self.random.randrange(24)
        self.say(at + 4 * _DAY, HoldoutSet("checkout", Holdout(10, "october")))
        self.say(at + 7 * _DAY, FlowSwitched("checkout", FlowState.PAUSED))
        self.say(at + 7 * _DAY + 6 * _HOUR, FlowSwitched("checkout", FlowState.ON))
        self.say(at + 10 * _DAY, ServiceAway(timedelta(minutes=90)))
        self.say(at + 12 * _DAY, SettingsEdited(EDITED))
        self.say(at + 15 * _DAY, ShopSilent(silent=True))
        self.say(at + 15 * _DAY + _HOUR, ShopSilent(silent=False))
        self.say(at + 20 * _DAY, FlowSwitched("welcome", FlowState.OFF))
        self.say(at + 21 * _DAY, FlowSwitched("welcome", FlowState.ON))
        self.say(at + 22 * _DAY, SettingsEdited(SETTINGS))

    def _life(self, carts: int) -> None:
        """One person, from her first cart on."""
        home = self.place if self.random.random() < _NEARBY else self.random.choice(PLACES)
        person = self._person(home)
        times = sorted(self._moment(home) for _ in range(carts))
        self._consents(person, times[0])
        for at in times:
            self._cart(person, at)
        self._wishes(person, times[-1])

    def _person(self, home: Place) -> Person:
        self.people += 1
        number, chance = self.people, self.random.random
        digits = "".join(self.random.choices("0123456789", k=home.digits))
        account = chance() < _HAS_ACCOUNT
        person = Person(
            email=f"p{number}@{home.shop.name}.example" if chance() < _GIVES_EMAIL else "",
            phone=home.dial + digits if chance() < _GIVES_PHONE else "",
            customer_id=str(1000 + number) if account else "",
            locale="en",
            country=home.country if chance() < _GIVES_COUNTRY else "",
            province=home.province,
        )
        nameless = not person.email and not person.phone
        return replace(person, email=f"p{number}@x.example") if nameless else person

    def _moment(self, home: Place) -> datetime:
        """Any second of the days; nights are quieter."""
        at = self.since + timedelta(seconds=self.random.randrange(self.days * 86_400))
        night = at.astimezone(ZoneInfo(home.zone)).hour in _NIGHT
        if night and self.random.random() < _SLEEPS:
            at += 7 * _HOUR
        return at

    def _consents(self, person: Person, at: datetime) -> None:
        said = (("email", person.email, _YES_EMAIL), ("sms", person.phone, _YES_SMS))
        marks = tuple(
            ConsentMark(medium, ConsentState.YES, at, "checkout")
            for medium, address, likely in said
            if address and self.random.random() < likely
        )
        if marks:
            self.deliver(at, ConsentChanged(person, marks))

    def _cart(self, person: Person, at: datetime) -> None:
        """She fills a cart in a few changes; then she leaves, orders, or empties it."""
        name = f"c{len(self.told)}-{self.people}"
        cart = self._snapshot(name, person, at)
        for _ in range(self.random.choice((1, 1, 2, 3))):
            self.deliver(cart.source_at, CartChanged(cart))
            cart = self._changed(cart)
        self._ending(cart)

    def _ending(self, cart: CartSnapshot) -> None:
        within = self.random.randrange
        match self._drawn(_ENDS):
            case "soon":
                self._order(cart, timedelta(seconds=within(20 * 3600)))
            case "later":
                self._order(cart, timedelta(seconds=3600 + within(72 * 3600)))
            case "emptied":
                gone = cart.source_at + timedelta(seconds=within(48 * 3600))
                self.deliver(gone, CartClosed((cart.external_id,), gone))
            case _:
                return

    def _drawn(self, weights: Mapping[str, int]) -> str:
        return self.random.choices(tuple(weights), tuple(weights.values()))[0]

    def _snapshot(self, name: str, person: Person, at: datetime) -> CartSnapshot:
        kind = self.random.choices(list(CartKind), (3, 6, 1))[0]
        unpaid = kind is CartKind.UNPAID_ORDER
        payment = self.random.choice((Payment.WAITING, Payment.FAILED)) if unpaid else Payment.NONE
        lines = self._lines()
        minor = sum(line.unit_price.minor * line.quantity for line in lines)
        total = Money(self.place.currency, minor)
        return CartSnapshot(
            name, kind, lines, total, person, at, (f"token-{name}",), payment=payment
        )

    def _lines(self) -> tuple[CartLine, ...]:
        choose = self.random.randrange
        return tuple(
            CartLine(str(choose(40)), f"v{number}", "A thing", 1 + choose(3), self._price())
            for number in range(1 + choose(3))
        )

    def _price(self) -> Money:
        return Money(self.place.currency, 100 * self.random.randrange(1, 90))

    def _changed(self, cart: CartSnapshot) -> CartSnapshot:
        later = cart.source_at + timedelta(seconds=self.random.randrange(1, 2400))
        return replace(cart, source_at=later)

    def _order(self, cart: CartSnapshot, after: timedelta) -> None:
        """She orders; in three cases of ten the order does not name the cart."""
        self.orders += 1
        at = cart.source_at + after
        tokens = cart.tokens if self.random.random() < _NAMES_CART else ()
        name = f"#{1000 + self.orders}"
        order = OrderSnapshot(
            name, name, cart.person, cart.total, at, at, tokens, lines=cart.lines, paid_at=at
        )
        self.say(at, PlacedAtShop(order))
        self.deliver(at, OrderPlaced(order))
        if self.random.random() < _REFUNDED:
            back = at + timedelta(seconds=self.random.randrange(5 * 86_400))
            self.deliver(back, OrderRefunded(name, back, "r1", cart.total))

    def _wishes(self, person: Person, last: datetime) -> None:
        """What she may want of us after her last cart."""
        at = last + timedelta(seconds=self.random.randrange(4 * 86_400))
        match self._drawn(_WISHES):
            case "no mail":
                self.say(at, Unsubscribed(person, "email"))
            case "no texts":
                self.say(at, Unsubscribed(person, "sms"))
            case "no":
                mark = ConsentMark("email", ConsentState.NO, at, "account")
                self.deliver(at, ConsentChanged(person, (mark,)))
            case "forget":
                self.say(at, ErasureAsked(person, ()))
            case "click":
                self.say(at, Clicked(person))
            case _:
                return
