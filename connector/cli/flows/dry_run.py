"""`cartwright flows backtest`: whom a flow would have written to in the last days."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import Progress

from connector.cli.flows import texts
from connector.domain.flows.errors import FlowError
from connector.errors import ConfigError

if TYPE_CHECKING:
    from connector.rehearsal.backtest import Backtest, FlowDays

_LAST = re.compile(r"([1-9][0-9]{0,2})d")
_MOST_REASONS = 6


@click.command()
@click.argument("file")
@click.option("--store", required=True, help="Its number, public id or domain.")
@click.option("--last", default="30d", show_default=True, help="How far back, in days.")
@click.option("--people", is_flag=True, help="Every message on a line of its own.")
@click.option("--json", "as_json", is_flag=True, help="Everything, as one JSON object.")
def backtest(file: str, store: str, last: str, people: bool, as_json: bool) -> None:
    """Run FILE (or a flow of the library or the store) over the store's past; nothing is sent.

    The same engine decides as in service, with the store's other flows beside it. It says
    nothing of revenue: nobody can know what a message would have changed.
    """
    found = _LAST.fullmatch(last)
    if not found:
        raise ConfigError(f"--last {last}: give a number of days, as 30d")
    with texts.in_store(store) as here:
        since = here.now - timedelta(days=int(found[1]))
        try:
            key, played = _played(here, file, since, quiet=as_json)
        except FlowError as error:
            texts.refuse(file, error)
        if as_json:
            click.echo(json.dumps(_plain(played, key), default=str))
        else:
            _show(here, key, played, people=people)


def _played(
    here: texts.InStore, file: str, since: datetime, *, quiet: bool
) -> tuple[str, Backtest]:
    from connector.domain.settings import StoreSettings
    from connector.rehearsal.backtest import backtest as play
    from connector.services import flow_texts, flows, history
    from jobs import flow_means

    means = flow_means.of_store(here.session, here.store)
    tested = flow_texts.checked(_source(here, file), means).flow
    rows = flows.running(here.session, here.store.id)
    running = (flows.as_read(version.definition) for _, version in rows)
    others = [flow for flow in running if flow.key != tested.key]
    together = sorted([tested, *others], key=lambda flow: -flow.text.rules.priority)
    past = history.of_store(here.session, here.store, means.media or frozenset(), here.now)
    settings = StoreSettings.of(here.store.settings)
    with Progress(console=Console(stderr=True), disable=quiet, transient=True) as bar:
        task = bar.add_task("Playing the past", total=None)
        done = play(
            together,
            settings,
            past,
            since,
            here.now,
            lambda told, of: bar.update(task, completed=told, total=of),
        )
    return tested.key, done


def _source(here: texts.InStore, name: str) -> str:
    """A file's text, a flow of the library, or one that the store has."""
    from connector.errors import NotFound
    from connector.services import flow_texts

    if Path(name).exists():
        return texts.source_of(name)
    try:
        return flow_texts.export(here.session, here.store, name)
    except NotFound:
        return texts.source_of(name)


def _plain(played: Backtest, key: str) -> dict[str, Any]:
    flows = {name: asdict(days) for name, days in played.flows.items()}
    return {"flow": key, "since": played.since, "until": played.until, "flows": flows}


def _show(here: texts.InStore, key: str, played: Backtest, *, people: bool) -> None:
    days = played.flows[key]
    span = f"{here.local(played.since)} to {here.local(played.until)}"
    click.echo(f"{key}, as if it had been on from {span}:")
    for line in _summary(days):
        click.echo(f"  {line}")
    for name, other in played.flows.items():
        if name != key:
            click.echo(f"  beside it {name}: {len(other.entered)} entered, {other.sent} messages")
    if people:
        for line in _lines(here, days):
            click.echo(line)
    click.echo("No revenue is claimed: nobody can know what a message would have changed.")


def _summary(days: FlowDays) -> Iterable[str]:
    held = sum(one.held_out for one in days.entered)
    yield f"{len(days.entered)} would have entered" + (f", {held} of them held out" if held else "")
    if days.merged:
        yield f"{days.merged} newer carts would have taken the place of older ones"
    yield from _reasons("not entered", (one.reason for one in days.refused))
    sent = Counter(write.medium for write in days.writes if write.left_at is not None)
    by_medium = ", ".join(f"{count} by {medium}" for medium, count in sorted(sent.items()))
    yield f"{days.sent} messages would have left" + (f": {by_medium}" if sent else "")
    yield from _reasons("not sent", (w.why_not for w in days.writes if w.left_at is None))
    yield from _reasons("waited", (d.reason for w in days.writes for d in w.deferrals))
    if days.codes:
        yield f"{days.codes} codes would have been made"
    if days.cost_micros:
        yield f"{days.cost_micros / 1_000_000:.2f} for texts, in the currency of their bill"


def _reasons(what: str, reasons: Iterable[str]) -> Iterable[str]:
    counted = Counter(re.sub(r" from \d{4}-.*", "", reason) for reason in reasons)
    for reason, count in counted.most_common(_MOST_REASONS):
        yield f"{count} {what}: {reason}"


def _lines(here: texts.InStore, days: FlowDays) -> Iterable[str]:
    for write in sorted(days.writes, key=lambda one: one.planned_for):
        when = here.local(write.left_at or write.planned_for)
        what = f"{write.medium} “{write.template}”"
        why = f"  not sent: {write.why_not}" if write.left_at is None else ""
        yield f"    {when}  {write.who.partition(':')[2]:<32} {what}{why}"
