"""The gate's facts about one message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from connector.domain.flows import Exit
from connector.domain.flows.entry import excluded_by
from connector.domain.flows.holdout import Arm
from connector.domain.gate import TEXTS, WEEK, SendFacts
from connector.domain.settings import MICROS
from connector.rehearsal.carts import NOBODY
from connector.rehearsal.orders import Orders
from connector.rehearsal.people import address_of, canonical, country_of
from connector.rehearsal.rows import (
    WAITING,
    FlowState,
    Message,
    RunState,
    Shopper,
)

BAD_ADDRESS = "bad address"  # as vendors' refusals say it: nothing arrives there


@dataclass
class SendFactsOf(Orders):
    """Everything that decides whether a message may leave."""

    def send_facts(self, message: Message) -> SendFacts:
        """As the gate wants them."""
        run, cart, shopper = message.run, message.cart, message.shopper
        address = address_of(shopper, message.medium)
        return SendFacts(
            medium=message.medium,
            marketing=message.marketing,
            address=address,
            planned_for=message.planned_for,
            expires_at=message.expires_at,
            store_state="uninstalled" if self.uninstalled else "active",
            run_active=run.state is RunState.ACTIVE or run.ended_well,
            ordered=Exit.ORDER in run.flow.exits and self.bought_since(run),
            erased=shopper.erased_at is not None,
            suppressed=self.is_suppressed(message.medium, address),
            bad_address=self.stopped(message.medium, address) == BAD_ADDRESS,
            consent=self.consent(shopper, message.medium),
            country=self.country_of(shopper),
            phone_country=country_of(shopper.person.phone),
            zones=self.zones_of(shopper),
            cart_state=cart.state if cart else None,
            cart_due_at=cart.due_at if cart else None,
            cart_activity_at=cart.activity_at if cart else None,
            texts_about_cart=self._texts(message),
            channel_paused="",
            channel_known=message.medium in self.media,
            picture_fresh=not self.shop_silent,
            province=shopper.person.province,
            flow_state=str(run.row.state),
            held_out=run.arm is Arm.HELD_OUT or (cart is not None and cart.held_out),
            excluded=self.excluded(message),
            has_offer=message.has_offer,
            cannot_ask=self.shop_silent,
            others_sent=self._others_sent(message),
            own_last=self._own_last(message),
            address_last=self._address_last(message, address),
            outranked=self._outranked(message),
            cost_micros=self.cost_of(message),
            cap_left_micros=self._cap_left(message),
        )

    def excluded(self, message: Message) -> str:
        """What excludes her or the cart, "" if nothing does."""
        if message.cart is not None and message.cart.excluded:
            return message.cart.excluded
        rules = (self.settings.exclude, message.run.flow.text.rules.exclude)
        asked = [rule for rule in rules if rule != NOBODY]
        who = self.who(message.shopper) if asked else None
        return next((hit for rule in asked if who and (hit := excluded_by(rule, who))), "")

    def _texts(self, message: Message) -> int:
        """Texts about the same cart that have left or may have."""
        if message.cart is None or message.medium not in TEXTS:
            return 0
        return sum(
            one.medium in TEXTS and one is not message and one.cart is message.cart and one.left
            for one in self._about_cart[message.cart.id]
        )

    def _others_sent(self, message: Message) -> tuple[datetime, ...]:
        """When marketing of other flows left for her, under all her names, in the last week."""
        return tuple(
            one.inflight_at
            for one in self._hers(message.shopper)
            if one.run.row is not message.run.row
            and one.marketing
            and one.left
            and one.inflight_at is not None
            and one.inflight_at > self.now - WEEK
        )

    def _hers(self, shopper: Shopper) -> list[Message]:
        return [one for kin in self.kin(shopper) for one in self._messages_of.get(kin, ())]

    def _own_last(self, message: Message) -> tuple[datetime, datetime] | None:
        """When the run's marketing message before this one fell due, and when it left."""
        left = [
            (one.inflight_at, one.planned_for)
            for one in message.run.messages
            if one is not message and one.marketing and one.left and one.inflight_at is not None
        ]
        if not left:
            return None
        at, due = max(left)
        return due, at

    def _address_last(self, message: Message, address: str) -> datetime | None:
        """When another run of its flow wrote to the same address, under all her names."""
        there = canonical(message.medium, address)
        left = [
            one.inflight_at
            for one in self._hers(message.shopper)
            if one.run is not message.run
            and one.run.row is message.run.row
            and one.marketing
            and one.left
            and one.inflight_at is not None
            and (one.medium, canonical(one.medium, one.address)) == (message.medium, there)
        ]
        return max(left, default=None)

    def _outranked(self, message: Message) -> bool:
        """A higher flow has a message that waits, and for no longer than this one can."""
        return any(
            one.state in WAITING
            and not one.maybe_left
            and one.marketing
            and one.run.row is not message.run.row
            and one.run.row.state is FlowState.ON
            and one.priority > message.priority
            and one.expires_at > self.now
            and one.due_at < message.expires_at
            for one in self._hers(message.shopper)
        )

    def cost_of(self, message: Message) -> int:
        """What one segment of text costs her store, in millionths; nothing for e-mail."""
        if message.medium not in TEXTS:
            return 0
        return self.settings.price_micros(country_of(message.shopper.person.phone), 1)

    def _cap_left(self, message: Message) -> int | None:
        cap = self.settings.texts.month_cap
        if cap is None or message.medium not in TEXTS:
            return None
        return round(cap * MICROS) - self.spent[message.medium, self.month] + message.cost_micros

    @property
    def month(self) -> str:
        """The month of the store's own calendar ("2026-11")."""
        return f"{self.now.astimezone(ZoneInfo(self.shop.timezone)):%Y-%m}"
