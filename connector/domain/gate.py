"""The gate: may this message go to this person now. One rule a function, first hit decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.domain.carts import CartState
from connector.domain.hours import Hours, next_moment
from connector.domain.laws import hours_of, one_text, opt_in_country
from connector.domain.settings import EmailTo, StoreSettings

ONE_TEXT_WITHIN = timedelta(hours=48)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
_RETRY = timedelta(minutes=15)
_SOON = timedelta(seconds=30)
TEXTS = frozenset({"sms"})  # media that cost money and need a phone
MEDIA = ("email", *sorted(TEXTS))


@dataclass(frozen=True)
class Go:
    """It may leave now."""


@dataclass(frozen=True)
class NotBefore:
    """Not now: ask again at `at`."""

    at: datetime
    reason: str


@dataclass(frozen=True)
class Never:
    """It will not be sent, for this reason; `elsewhere`: another medium may still be tried."""

    reason: str
    elsewhere: bool = False


Verdict = Go | NotBefore | Never


@dataclass(frozen=True)
class SendFacts:
    """All that decides; gathered under the locks that an order takes too."""

    medium: str
    marketing: bool
    address: str
    planned_for: datetime  # when its step fell due
    expires_at: datetime
    store_state: str  # "active", "paused", "needs_reauth", "uninstalled"
    run_active: bool
    ordered: bool  # a purchase since the run began, by any identity, where orders end the flow
    erased: bool
    suppressed: bool
    consent: str  # "yes", "no", "" when she never said
    country: str  # hers, else the store's
    phone_country: str
    zones: tuple[str, ...]  # all in which she may be
    cart_state: CartState | None
    cart_due_at: datetime | None
    cart_activity_at: datetime | None
    texts_about_cart: int
    channel_paused: str  # "" or why
    channel_known: bool
    picture_fresh: bool  # the store's orders were asked for less than half a minute ago
    province: str = ""
    flow_state: str = "on"  # "on", "paused", "off"
    held_out: bool = False  # the cart or person is left alone, to measure
    excluded: str = ""  # what excludes her, "" if nothing does
    has_offer: bool = False
    cannot_ask: bool = False  # the store was asked for its orders just now, and did not answer
    others_sent: tuple[datetime, ...] = ()  # marketing of other flows in the last week
    own_last: tuple[datetime, datetime] | None = None  # (due, left) of this run's message before
    address_last: datetime | None = None  # when another run of its flow wrote to this address
    bad_address: bool = False  # the vendor says that nothing arrives there
    outranked: bool = False  # a flow of higher priority has a message for her that waits
    shop_wrote: bool = False  # our first mail, and the shop's own reminder went out, or is to
    cost_micros: int = 0
    cap_left_micros: int | None = None  # what may still be spent this month; None: no cap


Rule = Callable[[SendFacts, StoreSettings, datetime], "Verdict | None"]


def may_send(facts: SendFacts, settings: StoreSettings, now: datetime) -> Verdict:
    """Go, or the first reason why not; marketing and transactional differ in their rules."""
    for rule in (*ALWAYS, *(MARKETING if facts.marketing else TRANSACTIONAL)):
        verdict = rule(facts, settings, now)
        if verdict is not None:
            return verdict
    return Go()


def _store_stopped(facts: SendFacts, _s: StoreSettings, now: datetime) -> Verdict | None:
    if facts.store_state == "uninstalled":
        return Never("the store removed the app")
    if facts.store_state == "active" or (facts.store_state == "paused" and not facts.marketing):
        return None
    return NotBefore(now + _RETRY, f"the store is {facts.store_state}")


def _too_late(facts: SendFacts, _s: StoreSettings, now: datetime) -> Verdict | None:
    return Never("too late: its time had passed") if now >= facts.expires_at else None


def _no_address(facts: SendFacts, _s: StoreSettings, _now: datetime) -> Verdict | None:
    if facts.erased:
        return Never("the person asked to be forgotten")
    return None if facts.address else Never(f"no {_where(facts)} is known", elsewhere=True)


def _where(facts: SendFacts) -> str:
    return "e-mail address" if facts.medium == "email" else "phone number"


def _no_channel(facts: SendFacts, _s: StoreSettings, now: datetime) -> Verdict | None:
    if not facts.channel_known:
        return Never(f"the store has no account for {facts.medium}", elsewhere=True)
    if facts.channel_paused:
        return NotBefore(now + _RETRY, f"{facts.medium} is paused: {facts.channel_paused}")
    return None


def _too_dear(facts: SendFacts, settings: StoreSettings, _now: datetime) -> Verdict | None:
    most = settings.texts.most
    if most is not None and facts.cost_micros > most * 1_000_000:
        return Never("it would cost more than a text may", elsewhere=True)
    if facts.cap_left_micros is not None and facts.cost_micros > facts.cap_left_micros:
        return Never("the month's cap for texts is used up", elsewhere=True)
    return None


def _bought(facts: SendFacts, _s: StoreSettings, _now: datetime) -> Verdict | None:
    return Never("the person has ordered") if facts.ordered else None


def _run_over(facts: SendFacts, _s: StoreSettings, now: datetime) -> Verdict | None:
    if not facts.run_active:
        return Never("the run has ended")
    if facts.flow_state == "off":
        return Never("the flow was switched off")
    return NotBefore(now + _RETRY, "the flow is paused") if facts.flow_state == "paused" else None


def _left_alone(facts: SendFacts, _s: StoreSettings, _now: datetime) -> Verdict | None:
    if facts.held_out:
        return Never("left alone, to measure what messages bring")
    return Never(f"excluded: {facts.excluded}") if facts.excluded else None


def _asked_to_stop(facts: SendFacts, _s: StoreSettings, _now: datetime) -> Verdict | None:
    if facts.suppressed:
        return Never(f"the address asked for no more {facts.medium}", elsewhere=True)
    return Never("the person said no", elsewhere=True) if facts.consent == "no" else None


def _unwanted(facts: SendFacts, _s: StoreSettings, _now: datetime) -> Verdict | None:
    """What is no marketing may come by mail after an unsubscription, but not as a text."""
    if facts.bad_address:
        return Never(f"nothing arrives at her {_where(facts)}", elsewhere=True)
    if facts.medium not in TEXTS:
        return None
    return _asked_to_stop(facts, _s, _now)


def _no_consent(facts: SendFacts, settings: StoreSettings, _now: datetime) -> Verdict | None:
    if facts.consent == "yes" or not needs_yes(facts.medium, facts.country, settings):
        return None
    if facts.medium != "email":
        return Never("no consent to texts: a phone typed at checkout is none", elsewhere=True)
    return Never("no consent to e-mail, which is needed there", elsewhere=True)


def needs_yes(medium: str, country: str, settings: StoreSettings) -> bool:
    """True if marketing by this medium needs her yes: silence is not enough."""
    if medium != "email" or settings.email_to is EmailTo.CONSENTED:
        return True
    by_country = settings.email_to is EmailTo.BY_COUNTRY
    return by_country and (not country or opt_in_country(country))


def _still_shopping(facts: SendFacts, _s: StoreSettings, now: datetime) -> Verdict | None:
    if facts.cart_state is CartState.OPEN:
        return NotBefore(max(facts.cart_due_at or now, now + _SOON), "she is shopping again")
    if facts.cart_state in {None, CartState.ABANDONED}:
        return None
    return Never(f"the cart is {facts.cart_state}")


def _shop_wrote(facts: SendFacts, settings: StoreSettings, _now: datetime) -> Verdict | None:
    """Nobody gets two first reminders; the later steps are ours alone."""
    if facts.shop_wrote and facts.medium == "email" and settings.own_mail == "hold":
        return Never("the shop's own reminder went out")
    return None


def _one_text(facts: SendFacts, _s: StoreSettings, now: datetime) -> Verdict | None:
    if facts.medium not in TEXTS or not one_text(facts.phone_country):
        return None
    if facts.texts_about_cart:
        return Never("US numbers get one text a cart", elsewhere=True)
    if facts.cart_activity_at and now > facts.cart_activity_at + ONE_TEXT_WITHIN:
        return Never("US numbers get a text within 48 hours of the cart or none", elsewhere=True)
    return None


def _too_often(facts: SendFacts, settings: StoreSettings, now: datetime) -> Verdict | None:
    """The newest counted ones fill the day or week: free again when the oldest leaves it."""
    caps = settings.caps
    for most, span, name in ((caps.per_day, DAY, "day"), (caps.per_week, WEEK, "week")):
        counted = sorted(at for at in facts.others_sent if at > now - span)
        if most and len(counted) >= most:
            free = counted[len(counted) - most] + span
            return NotBefore(free, f"other flows wrote to her: {most} a {name} is the cap")
    return None


def _too_soon(facts: SendFacts, settings: StoreSettings, now: datetime) -> Verdict | None:
    """Messages of one flow: a run's as they were drawn, at most by the gap; others by the gap."""
    gap = timedelta(minutes=settings.caps.gap_minutes)
    if facts.own_last is not None:
        due, left = facts.own_last
        apart = min(gap, facts.planned_for - due)
        if now < left + apart:
            return NotBefore(left + apart, "the message before it has only just left")
    if facts.address_last is not None and now < facts.address_last + gap:
        return NotBefore(facts.address_last + gap, "the same flow wrote to her address just now")
    return None


def _outranked(facts: SendFacts, _s: StoreSettings, now: datetime) -> Verdict | None:
    if facts.outranked:
        return NotBefore(now + _RETRY, "a flow of higher priority writes to her first")
    return None


def _quiet_hours(facts: SendFacts, settings: StoreSettings, now: datetime) -> Verdict | None:
    rules = allowed_hours(facts, settings)
    at = next_moment(now, facts.zones, rules) if rules else now
    if at is None:
        return Never("no hour is allowed in all zones in which she may be", elsewhere=True)
    return NotBefore(at, "quiet hours where she is") if at > now else None


def _text_at_night(facts: SendFacts, settings: StoreSettings, now: datetime) -> Verdict | None:
    """A text wakes her, whatever it is about."""
    return _quiet_hours(facts, settings, now) if facts.medium in TEXTS else None


def allowed_hours(facts: SendFacts, settings: StoreSettings) -> tuple[Hours, ...]:
    """The store's hours and the law's: both must allow."""
    place = facts.phone_country if facts.medium in TEXTS and facts.phone_country else facts.country
    province = facts.province if place == facts.country else ""
    return (*settings.hours(facts.medium), *hours_of(facts.medium, place, province))


def _old_picture(facts: SendFacts, settings: StoreSettings, now: datetime) -> Verdict | None:
    if facts.picture_fresh:
        return None
    may_be_blind = facts.medium == "email" and not facts.has_offer
    if facts.cannot_ask and may_be_blind and settings.email_blind == "send":
        return None
    return NotBefore(now + _SOON, "the store's orders must be asked for first")


ALWAYS: tuple[Rule, ...] = (_store_stopped, _too_late, _no_address, _no_channel, _too_dear)
TRANSACTIONAL: tuple[Rule, ...] = (_unwanted, _text_at_night)
MARKETING: tuple[Rule, ...] = (
    _bought,
    _run_over,
    _left_alone,
    _asked_to_stop,
    _no_consent,
    _shop_wrote,
    _one_text,
    _still_shopping,
    _too_often,
    _too_soon,
    _outranked,
    _quiet_hours,
    _old_picture,
)
