"""`cartwright flows plan|apply|export|diff`: what a text changes, and the change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from connector.cli.flows import texts
from connector.domain.flows.checks import says
from connector.domain.flows.errors import FlowError

if TYPE_CHECKING:
    from connector.services.flow_plans import Plan

_STORE = click.option("--store", required=True, help="Its number, public id or domain.")


@click.command()
@click.argument("file")
@_STORE
def plan(file: str, store: str) -> None:
    """Say what applying FILE (or a flow of the library) would do; nothing is changed."""
    source = texts.source_of(file)
    with texts.in_store(store) as here:
        _show(file, _planned(file, source, here), here)


@click.command()
@click.argument("file")
@_STORE
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--off", is_flag=True, help="Leave a new flow switched off.")
def apply(file: str, store: str, yes: bool, off: bool) -> None:
    """Make FILE (or a flow of the library) the newest version of its flow, after showing the plan.

    People who are in the flow keep the version they began with.
    """
    source = texts.source_of(file)
    with texts.in_store(store) as here:
        _show(file, _planned(file, source, here), here)
    if not yes:
        click.confirm("Apply it?", abort=True)
    try:
        click.echo(texts.done_in_store(store, lambda here: _applied(source, here, off=off)))
    except FlowError as error:  # the store changed since the plan
        texts.refuse(file, error)


def _applied(source: str, here: texts.InStore, *, off: bool) -> str:
    from connector.models import FlowState
    from connector.services import flow_texts
    from jobs import flow_means

    means = flow_means.of_store(here.session, here.store)
    state = FlowState.OFF if off else FlowState.ON
    done = flow_texts.apply(here.session, here.store, source, means, here.now, state)
    did = "is at" if done.created else "was already at"
    return f"{done.flow.key} {did} version {done.version} and is {done.flow.state}."


def _planned(file: str, source: str, here: texts.InStore) -> Plan:
    from connector.services import flow_plans
    from jobs import flow_means

    means = flow_means.of_store(here.session, here.store)
    try:
        return flow_plans.plan(here.session, here.store, source, means, here.now)
    except FlowError as error:
        texts.refuse(file, error)


def _show(file: str, found: Plan, here: texts.InStore) -> None:
    from connector.services import flow_plans

    verb = {"new": "would be new", "changed": "would change", "unchanged": "says the same"}
    click.echo(f"{found.key} {verb[found.change]}: version {found.version}.")
    if found.diff:
        click.echo(found.diff)
    for version, count in found.stay_behind.items():
        click.echo(f"{count} people are on their way by version {version}, and stay there.")
    since = here.local(here.now - flow_plans.LOOK_BACK)
    for kind, count in found.would_enter.items():
        click.echo(f"{kind}: {count} times since {since}; filter and cool-down not counted.")
    for line in says(found.flow, here.store.currency):
        click.echo(line)
    texts.tell(file, found.problems)


@click.command()
@click.argument("key")
@_STORE
def export(key: str, store: str) -> None:
    """Print the newest version of the flow KEY, as it was written."""
    from connector.services import flow_texts

    with texts.in_store(store) as here:
        click.echo(flow_texts.export(here.session, here.store, key), nl=False)


@click.command()
@click.argument("file")
@_STORE
def diff(file: str, store: str) -> None:
    """Compare FILE with the newest version of its flow; prints nothing if they are the same."""
    from connector.services import flow_texts

    source = texts.source_of(file)
    with texts.in_store(store) as here:
        try:
            found = flow_texts.diff(here.session, here.store, source)
        except FlowError as error:
            texts.refuse(file, error)
    if found:
        click.echo(found)
