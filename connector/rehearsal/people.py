"""Shoppers: found by any of their names, and what they agreed to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from connector.domain.flows.entry import Who
from connector.domain.laws import candidate_zones
from connector.domain.people import (
    Identity,
    IdentityKind,
    Person,
    canonical_email,
    phone_country,
    phone_zones,
)
from connector.ports.events import ConsentMark, ConsentState
from connector.rehearsal.base import Base
from connector.rehearsal.rows import Said, Shopper, Stop

_HER_OWN = frozenset({"unsubscribed", "opted out at the vendor"})
_ERASED = "erased"


@dataclass
class People(Base):
    """Who is who."""

    def known(self, person: Person, source_at: datetime) -> Shopper | None:
        """Find or make the shopper and take over what is newer; None if she has no name."""
        names = person.identities()
        if not names or self.is_erased(names, source_at):
            return None
        shopper = self._same(self.matching(names), person) or self._made(names, source_at)
        newer = source_at >= shopper.source_at
        old = shopper.person
        shopper.person = person.filled_from(old) if newer else old.filled_from(person)
        shopper.source_at = max(shopper.source_at, source_at)
        for name in names:
            if name not in shopper.names:
                shopper.names.add(name)
                self._named[name].append(shopper.id)
        return shopper

    def matching(self, names: Sequence[Identity]) -> list[int]:
        """The ids of all who are known by any of the names, oldest first."""
        return sorted({one for name in names for one in self._named.get(name, ())})

    def kin(self, shopper: Shopper) -> list[int]:
        """The ids of all who share a name with her, herself included."""
        return sorted({shopper.id, *self.matching(tuple(shopper.names))})

    def _same(self, found: Iterable[int], person: Person) -> Shopper | None:
        """An account or a mailbox makes her the same; a phone only where she gave nothing else."""
        shoppers = [self.shoppers[one] for one in found]
        names = set(person.identities())
        named_otherwise = bool(person.email or person.customer_id)
        for kind in IdentityKind:
            if kind is IdentityKind.PHONE and named_otherwise:
                break
            for shopper in shoppers:
                if any(name.kind is kind for name in names & shopper.names):
                    return shopper
        return None

    def _made(self, names: Sequence[Identity], source_at: datetime) -> Shopper:
        label = f"{names[0].kind}:{names[0].value}"
        shopper = Shopper(len(self.shoppers) + 1, label, Person(), source_at)
        self.shoppers[shopper.id] = shopper
        return shopper

    def agree(self, shopper: Shopper, mark: ConsentMark, address: str) -> bool:
        """Keep a yes or no if it is newer, a no if it is as new; True if it changed something."""
        about = canonical(mark.channel, address)
        known = shopper.consents.get(mark.channel)
        if known is not None and not _is_news(mark, known):
            return False
        before = (known.state, known.address) if known else None
        shopper.consents[mark.channel] = Said(str(mark.state), mark.at, about)
        stop = self.stops.get((mark.channel, about))
        own = stop is not None and stop.at < mark.at and stop.reason in _HER_OWN
        if mark.state is ConsentState.YES and stop is not None and own:
            stop.lifted_at = mark.at
        return before != (str(mark.state), about)

    def consent(self, shopper: Shopper, medium: str) -> str:
        """What she last said of the address that she has now: "yes", "no", or ""."""
        own = shopper.consents.get(medium)
        if own is not None and own.state == ConsentState.NO:
            return "no"
        about = canonical(medium, address_of(shopper, medium))
        said = [self.shoppers[one].consents.get(medium) for one in self.kin(shopper)]
        fit = [one for one in said if one is not None and one.address == about]
        return max(fit, key=lambda one: (one.at, one.state == ConsentState.NO)).state if fit else ""

    def suppress(self, medium: str, address: str, reason: str) -> None:
        """Write nothing more to an address."""
        if address:
            self.stops[medium, canonical(medium, address)] = Stop(reason, self.now)

    def is_suppressed(self, medium: str, address: str) -> bool:
        """True if the address asked us to stop and did not take it back."""
        return bool(self.stopped(medium, address))

    def stopped(self, medium: str, address: str) -> str:
        """Why an address is written to no more, "" if it is."""
        stop = self.stops.get((medium, canonical(medium, address)))
        return stop.reason if stop is not None and stop.lifted_at is None else ""

    def is_erased(self, names: Sequence[Identity], source_at: datetime) -> bool:
        """True if she was forgotten after this was said of her."""
        marks = (self.stops.get((f"{_ERASED}:{n.kind}", n.value)) for n in telling(names))
        return any(mark is not None and mark.at > source_at for mark in marks)

    def forget(self, shopper: Shopper) -> None:
        """Keep only that she wants to hear nothing."""
        for name in shopper.names:
            self.stops[f"{_ERASED}:{name.kind}", name.value] = Stop(_ERASED, self.now)
            medium = {IdentityKind.EMAIL: "email", IdentityKind.PHONE: "sms"}.get(name.kind)
            if medium:
                self.stops[medium, name.value] = Stop(_ERASED, self.now)
            self._named[name].remove(shopper.id)
        shopper.names = set()
        shopper.person = Person(locale=shopper.person.locale, country=shopper.person.country)
        shopper.tags = shopper.shop_tags = shopper.roles = frozenset()
        shopper.shop_orders = shopper.shop_spent_minor = None
        shopper.erased_at = shopper.erased_at or self.now

    def country_of(self, shopper: Shopper) -> str:
        """Hers as far as it is known, else the store's."""
        return shopper.person.country or country_of(shopper.person.phone) or self.shop.country

    def zones_of(self, shopper: Shopper) -> tuple[str, ...]:
        """All zones in which she may be."""
        person = shopper.person
        return zones_of(person.phone, person.country, person.province, self.shop.timezone)

    def zone_of(self, shopper: Shopper) -> str:
        """Her zone for wall-clock waits; the store's where hers is not sure."""
        zones = self.zones_of(shopper)
        return zones[0] if len(zones) == 1 else self.shop.timezone

    def who(self, shopper: Shopper) -> Who:
        """What exclusions look at."""
        person = shopper.person
        tags = shopper.tags | shopper.shop_tags
        return Who(email=person.email, country=person.country, roles=shopper.roles, tags=tags)


def _is_news(mark: ConsentMark, known: Said) -> bool:
    no_after_yes = mark.state is ConsentState.NO and known.state == ConsentState.YES
    return mark.at > known.at or (mark.at == known.at and no_after_yes)


def address_of(shopper: Shopper, medium: str) -> str:
    """Where a medium reaches her, "" if it does not."""
    return shopper.person.email if medium == "email" else shopper.person.phone


def canonical(medium: str, address: str) -> str:
    """One spelling for all that reach the same place."""
    return _mailbox(address) if medium == "email" else address


def telling(names: Sequence[Identity]) -> Sequence[Identity]:
    """The names that are hers alone, if she has any: families share a phone."""
    return [name for name in names if name.kind is not IdentityKind.PHONE] or names


@lru_cache(100_000)
def zones_of(phone: str, country: str, province: str, store_zone: str) -> tuple[str, ...]:
    """`candidate_zones`, worked out once: reading numbers is slow."""
    return candidate_zones(phone_zones(phone), country, province, store_zone).zones


@lru_cache(100_000)
def country_of(phone: str) -> str:
    """`phone_country`, worked out once."""
    return phone_country(phone)


_mailbox = lru_cache(100_000)(canonical_email)
