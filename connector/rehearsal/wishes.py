"""What shoppers want of us: to hear more, to hear nothing, to be forgotten."""

from __future__ import annotations

from dataclasses import dataclass

from connector.domain.gate import MEDIA, needs_yes
from connector.domain.people import IdentityKind, Person
from connector.ports.events import (
    ConsentChanged,
    ConsentMark,
    ConsentState,
    ContactChanged,
    ErasureAsked,
)
from connector.rehearsal.people import address_of, telling
from connector.rehearsal.rows import MAY_HAVE_LEFT, Message, Shopper
from connector.rehearsal.sending import Sending


@dataclass
class Wishes(Sending):
    """Accounts, consents, unsubscriptions, erasures."""

    def account_told(self, told: ContactChanged) -> None:
        """Take over what the shop says of an account."""
        shopper = self.known(told.person, told.source_at)
        if shopper is None:
            return
        self._learn(shopper, told)
        if told.created:
            self.account_made(shopper, told.source_at)

    def consent_told(self, told: ConsentChanged) -> None:
        """Take over what a person agreed to."""
        shopper = self.known(told.person, min(mark.at for mark in told.marks))
        for mark in told.marks if shopper else ():
            email = mark.channel == "email"
            self.say(shopper, mark, told.person.email if email else told.person.phone)

    def _learn(self, shopper: Shopper, told: ContactChanged) -> None:
        known_at = shopper.shop_asked_at if told.asked_at else shopper.source_at
        if known_at is not None and (told.asked_at or told.source_at) < known_at:
            return
        shopper.shop_tags = frozenset(told.tags) if told.tags is not None else shopper.shop_tags
        shopper.roles = frozenset(told.roles) if told.roles is not None else shopper.roles
        if told.counts:
            spent = told.total_spent
            same = spent is not None and spent.currency == self.shop.currency
            shopper.shop_orders = told.orders_count
            shopper.shop_spent_minor = spent.minor if spent is not None and same else None
            shopper.shop_asked_at = told.asked_at or told.source_at

    def say(self, shopper: Shopper | None, mark: ConsentMark, address: str = "") -> None:
        """She says yes or no; a no takes back what has not left yet."""
        if shopper is None:
            return
        about = address or address_of(shopper, mark.channel)
        if not self.agree(shopper, mark, about):
            return
        yes = "Agreed to" if mark.state is ConsentState.YES else "Refused"
        self.note("consent", shopper.label, f"{yes} {mark.channel} ({mark.source})")
        if mark.state is not ConsentState.NO:
            return
        if self._is_open_to_marketing(shopper):
            self.stop(shopper, "the person said no", mark.channel)
        else:
            self._let_go(shopper, "the person said no")

    def _is_open_to_marketing(self, shopper: Shopper) -> bool:
        """True while a medium is left by which marketing may reach her."""
        country = self.country_of(shopper)
        for medium in MEDIA:
            address, said = address_of(shopper, medium), self.consent(shopper, medium)
            silent = not said and not needs_yes(medium, country, self.settings)
            reaches = address and not self.is_suppressed(medium, address)
            if reaches and (said == ConsentState.YES or silent):
                return True
        return False

    def _let_go(self, shopper: Shopper, reason: str) -> None:
        """Cancel her runs, then what waits of those that are through their steps."""
        for run in self.going_on([shopper.id]):
            self.cancel(run, reason)
        self.stop(shopper, reason)

    def erase(self, event: ErasureAsked) -> None:
        """Forget a person, or everyone; repeating it does nothing more."""
        for shopper in self._meant(event):
            for run in self.going_on([shopper.id]):
                self.cancel(run, "the person asked to be forgotten")
            for message in self._messages_of[shopper.id]:
                self.take_back(message, "the person asked to be forgotten")
            for cart in [self.carts[one] for one in self._carts_of[shopper.id]]:
                cart.due_at, cart.source_at = None, max(cart.source_at, self.now)
            self.forget(shopper)
            self.note("privacy", shopper.label, "Forgotten")

    def _meant(self, event: ErasureAsked) -> list[Shopper]:
        """Whom a request means: not those who only share her phone."""
        if event.whole_store:
            return list(self.shoppers.values())
        names = event.person.identities()
        own = any(name.kind is not IdentityKind.PHONE for name in names)
        named = [self.shoppers[one] for one in self.matching(telling(names))]
        orders = [self.orders[one] for one in event.order_ids if one in self.orders]
        bought = [self.shoppers[one.shopper_id] for one in orders if one.shopper_id]
        if own:
            found = named + [one for one in bought if _only_a_phone(one)]
        else:
            found = [one for one in named if _only_a_phone(one)] + bought
        return list({one.id: one for one in found}.values())

    def clicked(self, person: Person) -> None:
        """She follows the link in the last message that she got."""
        for message in self._last(person, "")[:1]:
            message.clicked = True

    def _last(self, person: Person, medium: str) -> list[Message]:
        """What she got (by one medium), newest first."""
        shoppers = self.matching(telling(person.identities()))
        got = [
            message
            for one in shoppers
            for message in self._messages_of[one]
            if message.state in MAY_HAVE_LEFT and medium in {"", message.medium}
        ]
        return sorted(got, key=lambda message: -message.id)

    def unsubscribe(self, person: Person, medium: str) -> None:
        """The reader of a message wants no more of its kind: one click ends the sequence."""
        for message in self._last(person, medium)[:1]:
            shopper = message.shopper
            address = address_of(shopper, medium)
            if self.is_suppressed(medium, address):
                return
            self.suppress(medium, address, "unsubscribed")
            self.suppress(medium, message.address, "unsubscribed")
            self._let_go(shopper, "the person unsubscribed")
            self.say(shopper, ConsentMark(medium, ConsentState.NO, self.now, "unsubscribe link"))


def _only_a_phone(shopper: Shopper) -> bool:
    return all(name.kind is IdentityKind.PHONE for name in shopper.names)
