"""What must never happen on PostgreSQL: at the instant of every send, and at the end.

Asked of the tables by statements of their own, which share nothing with what decided.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from connector.cli.campaign.twin.rows import Rows
from connector.domain.laws import hours_of
from connector.domain.settings import StoreSettings
from connector.rehearsal.people import country_of, zones_of
from connector.rehearsal.rows import Shop
from connector.rehearsal.vendors import Vendor

_AT_SEND = """
with her as (
    select distinct other.contact_id from contact_identities mine
    join contact_identities other on other.kind = mine.kind and other.value = mine.value
    where mine.contact_id = %(contact)s)
select c.country, c.phone, c.province, c.erased_at, r.state as run_state, f.state as flow_state,
    coalesce(k.held_out, false) or r.arm = 'held_out' as held_out,
    m.expires_at, m.inflight_at,
    exists (select 1 from orders o where o.contact_id in (select contact_id from her)
        and o.state <> 'cancelled' and o.id is distinct from r.entry_order_id
        and o.placed_at >= r.started_at - interval '2 minutes') as bought
from messages m join contacts c on c.id = m.contact_id join runs r on r.id = m.run_id
join flows f on f.id = m.flow_id left join carts k on k.id = m.cart_id where m.id = %(message)s
"""
# Each must find nothing.
_AT_THE_END = {
    "one live message a step": (
        "select run_id, step_id from messages where state not in ('cancelled', 'dead', 'failed')"
        " group by 1, 2 having count(*) > 1"
    ),
    "steps never stack": (
        "select run_id from messages where purpose = 'marketing'"
        " and state in ('scheduled', 'claimed') group by 1 having count(*) > 1"
    ),
    "one live code a run, step and kind": (
        "select run_id, step_id, kind from discounts where state = 'live'"
        " group by 1, 2, 3 having count(*) > 1"
    ),
    "one run a flow and contact that goes on": (
        "select flow_id, contact_id from runs where state in ('active', 'pending')"
        " group by 1, 2 having count(*) > 1"
    ),
    "held-out people reach no channel": (
        "select m.id from messages m join runs r on r.id = m.run_id where r.arm = 'held_out'"
    ),
    "held-out carts reach no channel": (
        "select m.id from messages m join carts c on c.id = m.cart_id"
        " where c.held_out and m.inflight_at is not null and m.inflight_at > c.abandoned_at"
    ),
    "the budget is what its messages cost": (
        "select b.medium, b.month, b.used_micros, coalesce(sum(m.cost_micros), 0) from budgets b"
        " left join messages m on m.medium = b.medium and m.cost_month = b.month"
        " group by b.id having b.used_micros <> coalesce(sum(m.cost_micros), 0)"
    ),
    "nobody holds what is over": (
        "select id from messages where state in ('claimed', 'inflight', 'resolving')"
    ),
}


@dataclass
class Checks:
    """One scene's; `broken` has a line for each thing that must not be."""

    rows: Rows
    shop: Shop
    vendor: Vendor
    settings: StoreSettings
    ends_with_order: dict[str, bool]  # by flow
    most_micros: int | None  # the largest cap that the merchant ever set
    broken: list[str] = field(default_factory=list)

    def left(self, message: Any, name: str, now: datetime) -> None:
        """A message is on its way at this instant."""
        ids = {"contact": message.contact_id, "message": message.id}
        with self.rows.admin.cursor() as cursor:
            cursor.execute(_AT_SEND, ids, prepare=True)
            names = [column.name for column in cursor.description or ()]
            found = dict(zip(names, cursor.fetchone() or (), strict=True))
        wrong = {
            "no expired send": now >= found["expires_at"],
            "nothing after an erasure": found["erased_at"] is not None,
        }
        if message.marketing:
            wrong |= self._marketing(message, found, now)
        self.broken += [f"{rule}: {name} at {now}" for rule, broken in wrong.items() if broken]

    def _marketing(self, message: Any, found: dict[str, Any], now: datetime) -> dict[str, bool]:
        ends = self.ends_with_order[message.flow]
        return {
            "nothing after a purchase": ends and found["bought"],
            "nothing of a flow that is off or paused": found["flow_state"] != "on",
            "held-out carts reach no channel": found["held_out"],
            "nothing in barred hours": self._asleep(message.medium, found, now),
        }

    def _asleep(self, medium: str, found: dict[str, Any], now: datetime) -> bool:
        phone, province = found["phone"], found["province"]
        number = country_of(phone)  # "" also for a number that belongs to no country
        country = found["country"] or number or self.shop.country
        place = number if medium == "sms" and number else country
        laws = hours_of(medium, place, province if place == country else "")
        rules = (*self.settings.hours(medium), *laws)
        zones = zones_of(phone, found["country"], province, self.shop.timezone)
        walls = [now.astimezone(ZoneInfo(zone)) for zone in zones]
        return not all(rule.allow(wall) for rule in rules for wall in walls)

    def at_the_end(self) -> list[str]:
        """Everything that is or was broken."""
        found = [
            f"{rule}: {tuple(row)}"
            for rule, query in _AT_THE_END.items()
            for row in self.rows.ask(query)
        ]
        return [*self.broken, *found, *self._within_cap(), *self._books()]

    def _within_cap(self) -> list[str]:
        spent = self.rows.ask("select medium, month, used_micros from budgets")
        most = self.most_micros
        over = [row for row in spent if most is not None and row.used_micros > most]
        return [f"cost within the cap: {row.used_micros} in {row.month}" for row in over]

    def _books(self) -> list[str]:
        """Sent, or sent and not delivered, is what the vendor has: no more, no less, once."""
        rows = self.rows.ask("select id, state, maybe_left from messages")
        named = {self.rows.name(self.rows.message(row.id)): row for row in rows}
        taken = Counter(line.key for line in self.vendor.log)
        open_ = {name for name, row in named.items() if row.maybe_left or row.state == "unknown"}
        sent = {name for name, row in named.items() if row.state in {"sent", "failed"}}
        return [
            *(f"taken twice: {name}" for name, times in taken.items() if times > 1),
            *(f"sent but not taken: {name}" for name in sent - taken.keys() - open_),
            *(f"taken but not sent: {name}" for name in taken.keys() - sent - open_),
        ]
