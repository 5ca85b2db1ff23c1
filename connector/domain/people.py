"""Who a shopper is: the identities by which two records are known to be one person."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

import phonenumbers
from phonenumbers.timezone import time_zones_for_number

_EMAIL = re.compile(r"[^@\s<>\",;:\\()\[\]]+@[^@\s<>\",;:\\()\[\]]+\.[^@\s<>\",;:\\()\[\]]{2,}")
_MAX_EMAIL = 254  # RFC 5321
_NO_DOTS = frozenset({"gmail.com", "googlemail.com"})


class IdentityKind(StrEnum):
    """The ways a shopper is recognised, strongest first."""

    CUSTOMER = "customer"
    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, order=True)
class Identity:
    """One way to recognise a shopper within one store; `value` is the canonical spelling."""

    kind: IdentityKind
    value: str


@dataclass(frozen=True)
class Person:
    """What a platform told us of a shopper; every field may be unknown ("")."""

    email: str = ""
    phone: str = ""  # E.164, or "" when it is no valid number
    customer_id: str = ""  # the platform's account id; "" for guests
    first_name: str = ""
    last_name: str = ""
    locale: str = ""
    country: str = ""  # ISO 3166 alpha-2
    province: str = ""

    @property
    def reachable(self) -> bool:
        """True if there is any address to write to."""
        return bool(self.email or self.phone)

    def identities(self) -> tuple[Identity, ...]:
        """All identities, strongest first; addresses in any spelling give the same value."""
        found = (
            (IdentityKind.CUSTOMER, self.customer_id),
            (IdentityKind.EMAIL, canonical_email(self.email)),
            (IdentityKind.PHONE, self.phone),
        )
        return tuple(Identity(kind, value) for kind, value in found if value)

    def filled_from(self, older: Person) -> Person:
        """This person, with what it does not know taken from an older record."""
        names = self.__dataclass_fields__
        return replace(self, **{n: getattr(self, n) or getattr(older, n) for n in names})


def clean_email(text: str | None) -> str:
    """A sendable address as the shopper spelled it, or "" when it is none."""
    address = (text or "").strip()
    fits = len(address) <= _MAX_EMAIL and address.isprintable()  # no NUL, no direction marks
    return address if fits and _EMAIL.fullmatch(address) else ""


def canonical_email(address: str) -> str:
    """One spelling for all that reach the same mailbox (case, +tags, Gmail's dots).

    Used to match people, never to send: a provider may read +tags as another mailbox, and
    matching too widely only means that one message less is sent.
    """
    local, at, domain = address.strip().lower().rpartition("@")
    if not at:
        return ""
    local = local.split("+", 1)[0] or local
    if domain in _NO_DOTS:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def clean_phone(text: str | None, country: str = "") -> str:
    """The number in E.164, or "" when it is no possible number of `country` or the world."""
    try:
        number = phonenumbers.parse(text or "", country.upper() or None)
    except phonenumbers.NumberParseException:
        return ""
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE:  # nor one without its area code
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_country(phone: str) -> str:
    """The alpha-2 country of an E.164 number, or ""."""
    if not phone:
        return ""
    return phonenumbers.region_code_for_number(phonenumbers.parse(phone)) or ""


def phone_zones(phone: str) -> tuple[str, ...]:
    """IANA zones in which an E.164 number may be; () when the number tells nothing."""
    if not phone:
        return ()
    zones = time_zones_for_number(phonenumbers.parse(phone))
    return tuple(zone for zone in zones if zone != "Etc/Unknown")
