"""Whether every store is shut off from every other, and the secrets are in hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, create_engine, text

from connector.cli.doctor.finding import Finding, fail, ok, warn
from connector.config import Config
from connector.services import installs
from jobs import rotating
from jobs.runtime import Runtime

_ROLE = text(
    "select rolname as name, rolsuper as super, rolbypassrls as bypass,"
    " exists (select 1 from pg_tables where schemaname = 'public'"
    "         and tableowner = current_user) as owns"
    " from pg_roles where rolname = current_user"
)
_UNPROTECTED = text(
    "select c.relname from pg_class c"
    " join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'"
    " join pg_attribute a on a.attrelid = c.oid and a.attname = 'store_id'"
    " where c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity)"
    " order by 1"
)

_ROLES_MEND = "give each of the three DATABASE URLs a role of its own (README, Deploy)"


def roles(config: Config) -> Iterator[Finding]:
    """Nobody is a superuser, and the service is not the owner."""
    found = {
        "owner": _role(config.database_url),
        "app": _role(config.database_app_url),
        "broker": _role(config.database_broker_url),
    }
    wrong = [why for name, role in found.items() for why in _wrong(name, role)]
    if len({role.name for role in found.values()}) < len(found):
        wrong.append("two of the three roles are the same")
    for why in wrong:
        yield fail("roles", why, _ROLES_MEND)
    if not wrong:
        yield ok("roles", ", ".join(f"{name} is {role.name}" for name, role in found.items()))


def _role(url: str) -> Row[Any]:
    engine = create_engine(url, connect_args={"connect_timeout": 3})
    try:
        with engine.connect() as connection:
            return connection.execute(_ROLE).one()
    finally:
        engine.dispose()


def _wrong(name: str, role: Row[Any]) -> Iterator[str]:
    if role.super:
        yield f"the {name} role {role.name} is a superuser: row-level security does not bind it"
    elif role.bypass and name == "app":
        yield f"the app role {role.name} has BYPASSRLS: it would see every store"
    if role.owns and name != "owner":
        yield f"the {name} role {role.name} owns tables: it could switch their rules off"


def row_security(config: Config) -> Iterator[Finding]:
    """Row-level security is on, and forced, on every table with a store's data."""
    engine = create_engine(config.database_url, connect_args={"connect_timeout": 3})
    try:
        with engine.connect() as connection:
            open_tables = list(connection.scalars(_UNPROTECTED))
    finally:
        engine.dispose()
    if open_tables:
        yield fail(
            "row security",
            f"not forced on {', '.join(open_tables)}",
            "alter table … enable row level security, force row level security",
        )
    else:
        yield ok("row security", "forced on every table of stores' data")


def secrets(means: Runtime) -> Iterator[Finding]:
    """Our keys open what is stored, and which of them are still needed."""
    tally = rotating.look()
    older = len(means.config.secret_keys) - 1
    if tally.locked:
        yield fail(
            "secrets",
            f"CARTWRIGHT_SECRET_KEY does not open {_named(means, tally.locked)}",
            "add the key they were stored with, after a comma",
        )
    elif tally.old:
        yield warn(
            "secrets",
            f"{tally.old} of {tally.values} are sealed with an older key",
            "cartwright secrets rotate; then the older key can be dropped",
        )
    else:
        spare = "; the older keys can be dropped" if older else ""
        yield ok("secrets", f"all {tally.values} are sealed with the first key{spare}")


def _named(means: Runtime, places: list[str]) -> str:
    """Whose credentials they are; what is locked beside them is named by its place."""
    with means.sessions.all_stores() as session:
        names = {
            installs.place(store.id, "credentials"): store.name
            for store in installs.all_stores(session)
        }
    stores = [names[place] for place in places if place in names]
    return f"the credentials of {', '.join(stores)}" if stores else ", ".join(places)


def mail(means: Runtime) -> Iterator[Finding]:
    """Whether merchants can make accounts by themselves."""
    account = means.config.mail
    if account is None:
        yield ok("mail", "none of its own: `cartwright accounts add` makes accounts")
    else:
        yield ok("mail", f"goes out by {account['host']}, from {account['sender_email']}")


def product_clock(means: Runtime) -> Iterator[Finding]:
    """The product's time is the real one, where real shops are."""
    shifted = text("select count(*) from product_clock")
    with means.sessions.all_stores() as session:
        if session.scalar(shifted):
            yield warn(
                "product clock",
                "shifted: due times do not follow the real time",
                "fine for a demo; a real store cannot be connected meanwhile",
            )
        else:
            yield ok("product clock", "is the real time")
