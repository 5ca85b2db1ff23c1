"""A fake for each port: what tests of jobs and services put at the edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar

from connector.domain.carts import CartLine
from connector.domain.discounts import DiscountTerms
from connector.errors import AdapterError, CodeTaken
from connector.ports.audience import AudienceSync, Member, MemberResult
from connector.ports.channel import Channel, Outgoing, Receipt, Repeat, Trace
from connector.ports.events import StoreEvent
from connector.ports.listing import Listed
from connector.ports.outlet import Notice, Outlet
from connector.ports.platform import (
    ConsentWord,
    CustomerCard,
    DiscountMade,
    PastKind,
    PastSlice,
    ProductCard,
    RawWebhook,
    Retired,
    StoreInfo,
    StorePlatform,
)
from connector.ports.survey import Survey


@dataclass
class World:
    """What the fakes know and saw; a fresh one a test."""

    orders: list[StoreEvent] = field(default_factory=list)  # what the platform answers
    left: list[list[StoreEvent]] = field(default_factory=list)  # pages of its checkouts
    reminders: dict[str, datetime] = field(default_factory=dict)  # its own mails, by cart name
    events: dict[str, list[StoreEvent]] = field(default_factory=dict)  # by webhook topic
    codes: dict[str, DiscountMade] = field(default_factory=dict)
    survey: Survey = field(default_factory=lambda: Survey("full", (), ("orders/create",)))
    subscribed: list[tuple[str, str]] = field(default_factory=list)  # (address, secret)
    customers: dict[str, CustomerCard] = field(default_factory=dict)  # by e-mail
    asked_about: list[str] = field(default_factory=list)  # the e-mails
    polls: int = 0
    platform_error: AdapterError | None = None
    made: list[str] = field(default_factory=list)
    words: list[ConsentWord] = field(default_factory=list)  # consents that it was told
    keeps_consent: bool = True
    used_codes: set[str] = field(default_factory=set)  # in small letters
    stuck: dict[str, str] = field(default_factory=dict)  # platform id -> why it stays
    terms: list[DiscountTerms] = field(default_factory=list)  # of the codes that were made
    code_errors: list[Exception] = field(default_factory=list)  # what making codes raises
    outbox: list[tuple[str, Outgoing]] = field(default_factory=list)  # (medium, message)
    answers: list[Exception] = field(default_factory=list)  # what the next sends raise
    looks: list[tuple[str, str]] = field(default_factory=list)  # (key, to) of every look-up
    look_answers: list[Exception | list[Trace]] = field(default_factory=list)
    keeps_keys: bool = False  # the vendor shows our own name of a message
    audience: dict[str, frozenset[str]] = field(default_factory=dict)
    told: list[Notice] = field(default_factory=list)  # what outlets heard
    outlet_answers: list[Exception] = field(default_factory=list)
    pushes: int = 0
    past: dict[PastKind, list[PastSlice]] = field(default_factory=dict)  # slices, cursor "1", …


class Fakes:
    """Where the fakes find their world."""

    world: ClassVar[World] = World()


class FakePlatform(StorePlatform):
    """A platform that answers from the world."""

    kind = "fake"
    settings = ()
    lists_checkouts = True

    @classmethod
    def read_webhook(cls, headers: Sequence[tuple[str, str]], body: bytes) -> RawWebhook:
        return RawWebhook("", body, "", "")

    @classmethod
    def verify(cls, webhook: RawWebhook, secrets: Sequence[str]) -> None:
        return None

    def parse(self, webhook: RawWebhook, received_at: datetime) -> list[StoreEvent]:
        return Fakes.world.events[webhook.topic]

    def info(self) -> StoreInfo:
        return StoreInfo("Shop", "USD", "America/New_York", "https://shop.example", "", "US")

    def subscribe(self, callback_url: str, secret: str) -> list[str]:
        seen = Fakes.world.survey
        Fakes.world.survey = replace(seen, topics=(*seen.topics, *seen.missing), missing=())
        Fakes.world.subscribed.append((callback_url, secret))
        return list(Fakes.world.survey.topics)

    def survey(self, callback_url: str) -> Survey:
        self._maybe_fail()
        return Fakes.world.survey

    def orders_since(self, since: datetime) -> list[StoreEvent]:
        self._maybe_fail()
        Fakes.world.polls += 1
        return Fakes.world.orders

    def abandoned_since(self, since: datetime, cursor: str = "") -> Listed:
        self._maybe_fail()
        page, pages = int(cursor or 0), Fakes.world.left
        more = str(page + 1) if page + 1 < len(pages) else ""
        return Listed(tuple(pages[page]) if pages else (), more)

    def reminded(self, names: Sequence[str], now: datetime) -> datetime | None:
        self._maybe_fail()
        return next((Fakes.world.reminders[n] for n in names if n in Fakes.world.reminders), None)

    def find_discount(self, code: str) -> DiscountMade | None:
        self._maybe_fail()
        return Fakes.world.codes.get(code.lower())

    def create_discount(self, terms: DiscountTerms) -> DiscountMade:
        self._maybe_fail()
        if Fakes.world.code_errors:
            raise Fakes.world.code_errors.pop(0)
        if terms.code.lower() in Fakes.world.codes:
            raise CodeTaken("taken")
        made = DiscountMade(f"gid/{terms.code}", terms.code, terms.expires_at, terms.reference)
        Fakes.world.codes[terms.code.lower()] = made
        Fakes.world.made.append(terms.code)
        Fakes.world.terms.append(terms)
        return made

    def retire_discounts(self, platform_ids: Sequence[str]) -> list[Retired]:
        self._maybe_fail()
        return [self._retired(one) for one in platform_ids]

    def _retired(self, platform_id: str) -> Retired:
        world = Fakes.world
        if platform_id in world.stuck:
            return Retired(platform_id, error=world.stuck[platform_id])
        found = (code for code, made in world.codes.items() if made.platform_id == platform_id)
        code = next(found, "")
        if code in world.used_codes:
            return Retired(platform_id, used=True)
        world.codes.pop(code, None)
        return Retired(platform_id)

    def tell_consent(self, word: ConsentWord) -> bool:
        self._maybe_fail()
        Fakes.world.words.append(word)
        return Fakes.world.keeps_consent

    def products(self, product_ids: Sequence[str]) -> list[ProductCard]:
        return [
            ProductCard(
                i, f"Product {i}", f"https://shop.example/{i}.png", f"https://shop.example/{i}"
            )
            for i in product_ids
        ]

    def customer(self, customer_id: str, email: str) -> CustomerCard | None:
        self._maybe_fail()
        Fakes.world.asked_about.append(email)
        return Fakes.world.customers.get(email)

    def cart_link(self, lines: Sequence[CartLine], codes: Sequence[str]) -> str:
        items = ",".join(f"{line.variant_id}:{line.quantity}" for line in lines)
        return f"https://shop.example/cart/{items}?discount={','.join(codes)}"

    def owns_url(self, url: str) -> bool:
        return url.startswith("https://shop.example/")

    def past(self, kind: PastKind, since: datetime, cursor: str) -> PastSlice:
        self._maybe_fail()
        slices = Fakes.world.past.get(kind, [])
        number = int(cursor or 0)
        if number >= len(slices):
            return PastSlice((), "")
        following = str(number + 1) if number + 1 < len(slices) else ""
        return replace(slices[number], cursor=following)

    def _maybe_fail(self) -> None:
        if Fakes.world.platform_error is not None:
            raise Fakes.world.platform_error


class _FakeChannel(Channel):
    """A vendor that answers from the world, and shows what it took when it is asked.

    A test gives it another `repeat`; with SAME_KEY it takes one message a key.
    """

    settings = ()
    key_ttl = timedelta(hours=24)

    def send(self, message: Outgoing) -> Receipt:
        error = Fakes.world.answers.pop(0) if Fakes.world.answers else None
        if error is not None and not isinstance(error, Accepted):
            raise error
        if self.repeat is not Repeat.SAME_KEY or message.key not in self._keys():
            Fakes.world.outbox.append((self.medium, message))
        if error is not None:
            raise error.then
        return Receipt(f"id-{message.key}")

    def look_up(self, key: str, to: str, since: datetime) -> list[Trace]:
        Fakes.world.looks.append((key, to))
        answer = Fakes.world.look_answers.pop(0) if Fakes.world.look_answers else None
        if isinstance(answer, Exception):
            raise answer
        return self._shown(to) if answer is None else answer

    def _shown(self, to: str) -> list[Trace]:
        kept = Fakes.world.keeps_keys
        return [
            Trace(f"id-{sent.key}", sent.text, sent.key if kept else "")
            for medium, sent in Fakes.world.outbox
            if medium == self.medium and sent.to == to
        ]

    def _keys(self) -> set[str]:
        return {sent.key for _, sent in Fakes.world.outbox}


class Accepted(Exception):
    """The vendor takes the message, and then `then` happens to its answer."""

    def __init__(self, then: Exception) -> None:
        super().__init__()
        self.then = then


class FakeMail(_FakeChannel):
    """E-mail that lands in the world's outbox."""

    kind = "fake_mail"
    medium = "email"


class FakeText(_FakeChannel):
    """Texts that land in the world's outbox."""

    kind = "fake_text"
    medium = "sms"


class FakeOutlet(Outlet):
    """An outlet that remembers what it heard."""

    kind = "webhook"
    settings = ()
    repeatable = True

    def deliver(self, notice: Notice) -> None:
        if Fakes.world.outlet_answers:
            raise Fakes.world.outlet_answers.pop(0)
        Fakes.world.told.append(notice)


class FakeSlack(FakeOutlet):
    """The same, of which repeats are not ignored."""

    kind = "slack"
    repeatable = False


class FakeAudience(AudienceSync):
    """An audience that remembers tags."""

    kind = "fake_audience"
    settings = ()
    batch = 500

    def push(self, members: Sequence[Member]) -> list[MemberResult]:
        Fakes.world.pushes += 1
        for member in members:
            kept = Fakes.world.audience.get(member.email, frozenset()) - member.not_tags
            Fakes.world.audience[member.email] = kept | member.tags
        return [MemberResult(member.ref) for member in members]
