"""The tables of one scene, read as they are: what is due, what things are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row


class Kind(StrEnum):
    """What falls due in the tables."""

    DOUBT = "doubt"
    CART = "cart"
    RUN = "run"
    MESSAGE = "message"
    ERRAND = "errand"


# In the order in which the rehearsal does what is due at the same moment (connector.rehearsal
# .base.Rank): doubts with the leases, errands at last.
_TABLES = (
    (1, Kind.DOUBT, "messages", "state = 'unknown' and resolvable"),
    (3, Kind.CART, "carts", "due_at is not null"),
    (4, Kind.RUN, "runs", "state in ('active', 'pending')"),
    (5, Kind.MESSAGE, "messages", "state = 'scheduled'"),
    (6, Kind.ERRAND, "errands", "state = 'scheduled'"),
)
_DUE = " union all ".join(
    f"(select {rank} as rank, '{kind}' as kind, id, due_at from {table}"  # noqa: S608 - ours
    f" where {when} and due_at <= %(until)s order by due_at, id limit 1)"
    for rank, kind, table, when in _TABLES
)
# How the rehearsal calls what a run is about: by the shop's names, never by row ids.
ENTRY = (
    "case split_part(r.entry_key, ':', 1)"
    " when 'cart' then 'cart:' || (select external_id from carts"
    " where id = split_part(r.entry_key, ':', 2)::bigint)"
    " when 'order' then 'order:' || (select external_id from orders"
    " where id = split_part(r.entry_key, ':', 2)::bigint) || ':' || split_part(r.entry_key, ':', 3)"
    " else 'customer' end"
)
_MESSAGE = (
    f"select m.id, m.key::text, m.medium, m.step_id, m.contact_id, f.key as flow, {ENTRY} as entry,"  # noqa: S608 - ours
    " m.purpose = 'marketing' as marketing from messages m join runs r on r.id = m.run_id"
    " join flows f on f.id = m.flow_id where m.id = %s"
)


@dataclass(frozen=True)
class Due:
    """A row whose time has come."""

    at: datetime
    rank: int
    row_id: int
    kind: Kind


@dataclass
class Rows:
    """What the superuser sees of one scene's database."""

    admin: psycopg.Connection
    labels: dict[int, str] = field(default_factory=dict)  # contacts by their first name of all

    def ask(self, query: str, *values: Any) -> list[Any]:
        """All rows, by the names of their columns."""
        with self.admin.cursor(row_factory=namedtuple_row) as cursor:
            return cursor.execute(query, values, prepare=True).fetchall()

    def due(self, until: datetime) -> Due | None:
        """What is due first."""
        query = f"select * from ({_DUE}) d order by due_at, rank, id limit 1"  # noqa: S608 - ours
        with self.admin.cursor() as cursor:
            found = cursor.execute(query, {"until": until}, prepare=True).fetchone()
        return Due(found[3], found[0], found[2], Kind(found[1])) if found else None

    def message(self, message_id: int) -> Any:
        """What decides how the vendors know a message."""
        (found,) = self.ask(_MESSAGE, message_id)
        return found

    def name(self, message: Any) -> str:
        """How the rehearsal calls a message that was read with `message`."""
        label = self.label(message.contact_id)
        entry = f"customer:{label}" if message.entry == "customer" else message.entry
        return f"{message.flow}/{entry}/{label}/{message.step_id}/{message.medium}"

    def label(self, contact_id: int) -> str:
        """Her first name of all; "" for nobody."""
        if contact_id not in self.labels:
            self.learn_names()
        return self.labels.get(contact_id, "")

    def learn_names(self) -> None:
        """Keep everyone's first name before it is forgotten."""
        found = self.ask(
            "select distinct on (contact_id) contact_id, kind || ':' || value as name"
            " from contact_identities where contact_id > %s order by contact_id, id",
            max(self.labels, default=0),
        )
        self.labels.update({row.contact_id: row.name for row in found})

    def ids(self, query: str, *values: Any) -> Sequence[int]:
        """The first column."""
        return [row[0] for row in self.ask(query, *values)]
