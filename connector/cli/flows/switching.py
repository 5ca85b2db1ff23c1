"""`cartwright flows on|pause|off|holdout`: who is written to, and who is left alone."""

from __future__ import annotations

import click

from connector.cli.flows import texts
from connector.models import FlowState
from connector.services import flow_switches

_STORE = click.option("--store", required=True, help="Its number, public id or domain.")


@click.command()
@click.argument("key")
@_STORE
def on(key: str, store: str) -> None:
    """Switch the flow KEY on; runs that were paused go on."""
    _switch(key, store, FlowState.ON)


@click.command()
@click.argument("key")
@_STORE
def pause(key: str, store: str) -> None:
    """Pause the flow KEY: nobody enters, runs wait where they are."""
    _switch(key, store, FlowState.PAUSED)


@click.command()
@click.argument("key")
@_STORE
@click.option("--yes", is_flag=True, help="Do not ask.")
def off(key: str, store: str, yes: bool) -> None:
    """Switch the flow KEY off: all its runs end, and what has not been sent never is."""
    with texts.in_store(store) as here:
        runs = flow_switches.going_on(here.session, here.store, key)
    if not yes:
        click.confirm(f"{runs} runs of {key} would end for good. Switch it off?", abort=True)
    _switch(key, store, FlowState.OFF)


def _switch(key: str, store: str, state: FlowState) -> None:
    done = texts.done_in_store(
        store, lambda here: flow_switches.switch(here.session, here.store, key, state, here.now)
    )
    ended = f": {done.runs} runs ended, {done.messages} messages will not be sent"
    click.echo(f"{key} is {state}{ended if state is FlowState.OFF else ''}.")


@click.command()
@click.argument("key")
@_STORE
@click.option("--percent", type=click.IntRange(0, 50), help="Of people; 0 ends the measurement.")
@click.option("--calibrate-days", type=click.IntRange(0, 60), help="50 % for so many days.")
def holdout(key: str, store: str, percent: int | None, calibrate_days: int | None) -> None:
    """Leave a share of people alone in the flow KEY, to measure what it brings."""
    if percent is None and calibrate_days is None:
        raise click.UsageError("say --percent, --calibrate-days, or both")
    click.echo(
        texts.done_in_store(store, lambda here: _held_out(here, key, percent, calibrate_days))
    )


def _held_out(here: texts.InStore, key: str, percent: int | None, days: int | None) -> str:
    flow = flow_switches.holdout(here.session, here.store, key, here.now, percent, days)
    said = f"{key} leaves {flow.holdout.percent_at(here.now)} % of people alone"
    until = flow.calibrating_until
    if until and until > here.now:
        said += f" until {here.local(until)}, then {flow.holdout_percent} %"
    return f"{said}."
