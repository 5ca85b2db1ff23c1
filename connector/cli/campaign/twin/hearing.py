"""What is told to the services: the store's events, and what people and merchants do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import update

from connector.cli.campaign.twin import passing
from connector.cli.campaign.twin.player import Player
from connector.domain.people import Person
from connector.models import Flow, FlowState
from connector.ports import events as ports
from connector.rehearsal import news
from connector.rehearsal.people import telling
from connector.services import consents, events, flow_switches, installs, links
from connector.services.links import Opened

_LAST = (
    "select m.id from messages m where m.medium = any(%s)"
    " and m.state in ('inflight', 'sent', 'unknown', 'resolving') and m.contact_id in"
    " (select contact_id from contact_identities where kind || ':' || value = any(%s))"
    " order by m.id desc limit 1"
)


def tell(player: Player, told: news.Told) -> None:
    """Let time pass up to an event, and take it in."""
    passing.tick(player, told.at)
    player.done["event"] += 1
    HEARD.get(type(told.event), _record)(player, told.event)


def _record(player: Player, event: ports.StoreEvent) -> None:
    now = player.now
    if isinstance(event, ports.ErasureAsked):
        player.rows.learn_names()
    player.for_store(lambda s, store: events.record(s, store, event, now))


def _placed(player: Player, event: news.PlacedAtShop) -> None:
    player.post.books.append(event.order)


def _edited(player: Player, event: news.SettingsEdited) -> None:
    player.checks.settings = event.settings
    changes = msgspec.to_builtins(event.settings)
    player.for_store(lambda s, store: installs.configure(s, store, changes))


def _switched(player: Player, event: news.FlowSwitched) -> None:
    state, now = FlowState(event.state.value), player.now
    player.for_store(lambda s, store: flow_switches.switch(s, store, event.key, state, now))


def _measured(player: Player, event: news.HoldoutSet) -> None:
    """As `flow_switches.holdout`, which draws the salt: here both sides must have the same."""
    values = {"holdout_percent": event.holdout.percent, "holdout_salt": event.holdout.salt}
    player.in_store(lambda s: s.execute(update(Flow).where(Flow.key == event.key).values(values)))


def _silent(player: Player, event: news.ShopSilent) -> None:
    player.silent, player.asked_at = event.silent, None


def _away(player: Player, event: news.ServiceAway) -> None:
    player.set_clock(player.now + event.length)


def _unsubscribed(player: Player, event: news.Unsubscribed) -> None:
    now, last = player.now, _last(player, event.person, (event.medium,))
    if last is not None:
        player.in_store(lambda s: consents.unsubscribe(s, last, now))


def _clicked(player: Player, event: news.Clicked) -> None:
    now, last = player.now, _last(player, event.person, ("email", "sms"))
    if last is None:
        return
    found = "select id from links where message_id = %s and purpose = 'recover'"
    (link_id,) = player.rows.ids(found, last)
    opened = Opened(player.store_id, link_id, last)
    player.in_store(lambda s: links.clicked(s, opened, now, human=True))


def _last(player: Player, person: Person, media: Sequence[str]) -> int | None:
    """What she got last, by any of these media."""
    names = [f"{name.kind}:{name.value}" for name in telling(person.identities())]
    return next(iter(player.rows.ids(_LAST, list(media), names)), None)


HEARD: dict[type, Callable[[Player, Any], None]] = {
    news.PlacedAtShop: _placed,
    news.SettingsEdited: _edited,
    news.FlowSwitched: _switched,
    news.HoldoutSet: _measured,
    news.ShopSilent: _silent,
    news.ServiceAway: _away,
    news.Unsubscribed: _unsubscribed,
    news.Clicked: _clicked,
}
