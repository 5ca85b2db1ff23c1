"""The gate: may this message go to this person now. One rule a function, first hit decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.domain.carts import CartState
from connector.domain.hours import next_allowed
from connector.domain.settings import EmailTo, StoreSettings

# Marketing mail needs a prior yes here (GDPR/ePrivacy, PECR, CASL, 정보통신망법 §50, ...).
_OPT_IN_BY_REGION = {
    "EU": "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE",
    "EEA and neighbours": "IS LI NO GB CH TR",
    "elsewhere": "KR CA AU JP BR",
}
OPT_IN_COUNTRIES = frozenset(" ".join(_OPT_IN_BY_REGION.values()).split(" "))
ONE_TEXT_COUNTRIES = frozenset({"US", "PR"})  # carriers: one text a cart, within 48 h of it
ONE_TEXT_WITHIN = timedelta(hours=48)
_RETRY = timedelta(minutes=15)
_SOON = timedelta(seconds=30)


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
    """It will not be sent, for this reason."""

    reason: str


Verdict = Go | NotBefore | Never


@dataclass(frozen=True)
class SendFacts:
    """All that decides; gathered under the locks that an order takes too."""

    medium: str
    marketing: bool
    address: str
    expires_at: datetime
    store_state: str  # "active", "paused", "needs_reauth", "uninstalled"
    run_active: bool
    ordered: bool  # a purchase since the run began, by any identity of the person
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
    picture_fresh: bool  # the store's orders were asked for less than a minute ago


Rule = Callable[[SendFacts, StoreSettings, datetime], "Verdict | None"]


def may_send(facts: SendFacts, settings: StoreSettings, now: datetime) -> Verdict:
    """Go, or the first reason why not; marketing and transactional differ in their rules."""
    rules = (*ALWAYS, *MARKETING) if facts.marketing else ALWAYS
    for rule in rules:
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
    what = "e-mail address" if facts.medium == "email" else "phone number"
    return None if facts.address else Never(f"no {what} is known")


def _no_channel(facts: SendFacts, _s: StoreSettings, now: datetime) -> Verdict | None:
    if not facts.channel_known:
        return Never(f"the store has no account for {facts.medium}")
    if facts.channel_paused:
        return NotBefore(now + _RETRY, f"{facts.medium} is paused: {facts.channel_paused}")
    return None


def _bought(facts: SendFacts, _s: StoreSettings, _now: datetime) -> Verdict | None:
    return Never("the person has ordered") if facts.ordered else None


def _run_over(facts: SendFacts, _s: StoreSettings, _now: datetime) -> Verdict | None:
    return None if facts.run_active else Never("the run has ended")


def _asked_to_stop(facts: SendFacts, _s: StoreSettings, _now: datetime) -> Verdict | None:
    if facts.suppressed:
        return Never(f"the address asked for no more {facts.medium}")
    return Never("the person said no") if facts.consent == "no" else None


def _no_consent(facts: SendFacts, settings: StoreSettings, _now: datetime) -> Verdict | None:
    if facts.consent == "yes":
        return None
    if facts.medium != "email":
        return Never("no consent to texts: a phone typed at checkout is none")
    by_country = settings.email_to is EmailTo.BY_COUNTRY
    needed = settings.email_to is EmailTo.CONSENTED or (
        by_country and (facts.country in OPT_IN_COUNTRIES or not facts.country)
    )
    return Never("no consent to e-mail, which is needed there") if needed else None


def _still_shopping(facts: SendFacts, _s: StoreSettings, now: datetime) -> Verdict | None:
    if facts.cart_state is CartState.OPEN:
        return NotBefore(max(facts.cart_due_at or now, now + _SOON), "she is shopping again")
    if facts.cart_state in {None, CartState.ABANDONED}:
        return None
    return Never(f"the cart is {facts.cart_state}")


def _one_text(facts: SendFacts, _s: StoreSettings, now: datetime) -> Verdict | None:
    if facts.medium != "sms" or facts.phone_country not in ONE_TEXT_COUNTRIES:
        return None
    if facts.texts_about_cart:
        return Never("US numbers get one text a cart")
    if facts.cart_activity_at and now > facts.cart_activity_at + ONE_TEXT_WITHIN:
        return Never("US numbers get a text within 48 hours of the cart or none")
    return None


def _quiet_hours(facts: SendFacts, settings: StoreSettings, now: datetime) -> Verdict | None:
    if facts.medium != "sms":
        return None
    at = next_allowed(now, facts.zones, settings.text_window)
    if at is None:
        return Never("no hour is allowed in all zones in which she may be")
    return NotBefore(at, "quiet hours where she is") if at > now else None


def _old_picture(facts: SendFacts, _s: StoreSettings, now: datetime) -> Verdict | None:
    if facts.picture_fresh:
        return None
    return NotBefore(now + _SOON, "the store's orders must be asked for first")


ALWAYS: tuple[Rule, ...] = (_store_stopped, _too_late, _no_address, _no_channel)
MARKETING: tuple[Rule, ...] = (
    _bought,
    _run_over,
    _asked_to_stop,
    _no_consent,
    _one_text,
    _still_shopping,
    _quiet_hours,
    _old_picture,
)
