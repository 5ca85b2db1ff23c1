"""Many shoppers in the middle of the flow, put there by SQL: what a large store has waiting."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from connector.cli.playground import Playground, Shop
from connector.models import Flow, FlowVersion

_FAR = timedelta(days=10)
_CROWD = text(
    "with people as (insert into contacts (store_id, email, phone, customer_id, first_name,"
    "  last_name, locale, country, province, source_at, created_at)"
    " select :store, 'waiting' || g || '@bench.example.com', '', '', 'Wanda', '', 'en', :country,"
    "  '', :now, :now from generate_series(1, :people) g returning id, email),"
    " names as (insert into contact_identities (store_id, contact_id, kind, value)"
    "  select :store, id, 'email', email from people),"
    " yes as (insert into consents"
    "  (store_id, contact_id, medium, state, source, at, address_hash)"
    "  select :store, id, 'email', 'yes', 'checkout', :now,"
    "  sha256(convert_to(:store || ':email:' || email, 'UTF8')) from people),"
    " filled as (insert into carts (store_id, external_id, kind, state, contact_id, lines,"
    "  currency, total_minor, locale, recovery_url, source_at, body_hash, created_at, activity_at,"
    "  abandoned_at, due_at, evidence)"
    "  select :store, 'bench-' || id, 'checkout', 'abandoned', id, cast(:lines as jsonb),"
    "  :currency, 1000, 'en', '', :now, '', :now, :now, :now, :far, '{}' from people"
    "  returning id, contact_id)"
    " insert into runs (store_id, flow_id, version_id, contact_id, cart_id, entry_key, state,"
    "  reason, branch, step_id, entered_step_at, started_at, due_at, errors)"
    " select :store, :flow, :version, contact_id, id, 'cart:' || id, 'active', '', 'steps', 'day',"
    "  :now, :now, :far, 0 from filled"
)
_DUE = text(
    "insert into messages (store_id, run_id, step_id, flow_id, contact_id, cart_id, medium,"
    "  purpose, template, state, reason, planned_for, due_at, expires_at, attempts, provider,"
    "  provider_id, created_at)"
    " select store_id, id, :step, flow_id, contact_id, cart_id, 'email', 'marketing', 'reminder',"
    "  'scheduled', '', :first, :first + make_interval(secs => :spread * n / :count), :expires, 0,"
    "  '', '', :first"
    " from (select *, row_number() over (order by id) - :skip as n from runs) r"
    " where n between 1 and :count"
)

_RUNS_DUE = text(
    "update runs set entered_step_at = :began, due_at = :now,"
    "  rung_until = clock_timestamp() + interval '10 minutes' where id in"
    "  (select id from runs where state = 'active' order by id desc limit :count) returning id"
)


def fill(play: Playground, people: int) -> None:
    """So many runs, half in each shop, due in ten days; and fresh statistics for the planner."""
    for shop in play.shops.values():
        with play.means.sessions.store(shop.store.id) as session:
            asked = _of(shop, session, play.clock.now())
            session.execute(_CROWD, {**asked, "people": people // len(play.shops)})
    url = play.means.config.database_url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("analyze")


def _of(shop: Shop, session: Session, now: datetime) -> dict[str, Any]:
    flow = session.scalars(select(Flow)).first()
    version = session.scalars(select(FlowVersion)).first()
    product = shop.lever.get("state")["products"][0]
    return {
        "store": shop.store.id,
        "flow": flow.id if flow else None,
        "version": version.id if version else None,
        "now": now,
        "far": now + _FAR,
        "country": shop.store.country,
        "currency": shop.store.currency,
        "lines": json.dumps([_line(product, shop.store.currency)]),
    }


def _line(product: Mapping[str, str], currency: str) -> dict[str, Any]:
    return {
        "product_id": product["id"],
        "variant_id": product["variant_id"],
        "title": product["title"],
        "quantity": 1,
        "unit_price": {"currency": currency, "minor": 1000},
        "variant_title": "",
        "image_url": "",
        "product_url": "",
    }


def make_due(play: Playground, count: int, spread_s: float, step: str, skip: int) -> None:
    """So many messages, half in each shop, falling due evenly from now on.

    The first `skip` people are left out: nobody gets two messages within an hour.
    """
    first = play.clock.now()
    asked = {
        "first": first,
        "spread": spread_s,
        "expires": first + _FAR,
        "step": step,
        "skip": skip,
    }
    for shop in play.shops.values():
        with play.means.sessions.store(shop.store.id) as session:
            session.execute(_DUE, {**asked, "count": count // len(play.shops)})


def make_runs_due(play: Playground, count: int, waited: timedelta) -> list[tuple[int, int]]:
    """So many waiting runs, half in each shop, whose wait began `waited` ago; their names.

    Due on paper only: the dispatcher of the playground must leave them to the caller.
    """
    now, refs = play.clock.now(), []
    for shop in play.shops.values():
        with play.means.sessions.store(shop.store.id) as session:
            rows = session.scalars(
                _RUNS_DUE, {"count": count // len(play.shops), "began": now - waited, "now": now}
            )
            refs += [(shop.store.id, int(run_id)) for run_id in rows]
    return refs
