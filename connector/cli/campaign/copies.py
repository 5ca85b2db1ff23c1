"""Many people in the place of one: her rows again and again, each with a name of its own.

Rows are copied whole, whatever columns they have; only what must differ is named here.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

_NEXT = "nextval(pg_get_serial_sequence('{}', 'id'))"
_HASH = "sha256(convert_to(t.store_id || ':email:' || w.email, 'UTF8'))::text"
# Table -> what differs beside the ids of the person, her cart and her run.
_DIFFERS = {
    "contacts": "'id', w.contact, 'email', w.email",
    "contact_identities": "'value', w.email",
    "consents": f"'address_hash', {_HASH}",
    "carts": "'id', w.cart, 'external_id', w.name",
    "cart_tokens": "'token', w.name || t.id",
    "runs": "'id', w.run, 'entry_key', w.name",
    "messages": "'key', gen_random_uuid()",
}
_PEOPLE = (
    "people as materialized (select"  # noqa: S608 - our own constants
    f" {_NEXT.format('contacts')} as contact, {_NEXT.format('carts')} as cart,"
    f" {_NEXT.format('runs')} as run,"
    " 'copy' || g || '@load.example.com' as email, 'copy-' || g as name"
    " from generate_series(1, :people) g)"
)


def _copied(table: str, differs: str) -> str:
    ids = "'contact_id', w.contact, 'cart_id', w.cart, 'run_id', w.run"
    changes = f"jsonb_build_object('id', {_NEXT.format(table)}, {ids})"
    changes += f" || jsonb_build_object({differs})"
    return (
        f"copied_{table} as (insert into {table} select (made.one).* from"  # noqa: S608 - our own
        f" (select jsonb_populate_record(t, {changes}) as one from {table} t, people w"
        " offset 0) made)"
    )


_ALL = ", ".join([_PEOPLE, *(_copied(table, differs) for table, differs in _DIFFERS.items())])
_COPY = text(f"with {_ALL} select 1")


def multiply(session: Session, people: int) -> None:
    """So many more like the only person of a store, with her message (store's transaction)."""
    session.execute(_COPY, {"people": people})
