"""`cartwright demo`: three days of two shops' life in about a minute, and what was won back."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from datetime import time as wall_time
from pathlib import Path

import click
from rich.console import Console

from connector import clock
from connector.cli.demo import figures, summary
from connector.cli.demo.cast import DAYS, cast
from connector.cli.demo.director import Director
from connector.cli.demo.proofs import Proofs, prove
from connector.cli.demo.screen import Screen
from connector.cli.playground import Playground, Setup, opened
from connector.supervisor import Ports


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One object for machines at the end.")
@click.option("--home", type=click.Path(path_type=Path), help="A new folder for the data.")
@click.option("--keep", is_flag=True, help="Leave the data, for `cartwright run` to go on with.")
@click.option("--seed", default=1, show_default=True, help="Other shoppers, other goods.")
def command(as_json: bool, home: Path | None, keep: bool, seed: int) -> None:
    """Play three days of two shops' life, and show what was won back.

    The shops and vendors are sandboxes on this machine; the service, its flow and its waits are
    the ones that ship. Only the product's clock is moved. Exit code 1 if a promise was broken.
    """
    began = time.monotonic()
    console = Console(stderr=as_json)
    console.print("Starting the service and two sandbox shops …")
    begin = _last_midnight() - timedelta(days=DAYS)
    setup = Setup(
        home=home, keep=keep, begin=begin, ports=Ports() if keep else None, notice=console.print
    )
    with opened(setup) as play:
        proofs = _play(play, begin, seed, console, as_json=as_json, began=began)
        if keep:
            console.print(
                f"Kept: CARTWRIGHT_HOME={play.running.home} cartwright run", soft_wrap=True
            )
    console.print("Next: `make run` starts the service to stay, with both shops to play in.")
    for line in proofs.broken():
        console.print(f"Broken promise: {line}")
    sys.exit(1 if proofs.broken() else 0)


def _last_midnight() -> datetime:
    """The play ends in the past: time can go on from there as it is."""
    return datetime.combine(clock.now().date(), wall_time(), UTC)


def _play(
    play: Playground, begin: datetime, seed: int, console: Console, *, as_json: bool, began: float
) -> Proofs:
    people = cast(play, begin, seed)
    play.twilio.post("inbound_url", url=_replies_to(play))
    with Screen(play, begin, console) as screen:
        Director(play, people, screen.look).play(begin + timedelta(days=DAYS))
    parts = figures.of_stores(play)
    total = figures.together(parts)
    proofs = prove(play, [she for she, _ in people], total)
    told = summary.as_json(play, total, proofs, time.monotonic() - began)
    if as_json:
        click.echo(json.dumps(told))
    else:
        summary.show(console, parts, total, told)
    return proofs


def _replies_to(play: Playground) -> str:
    """Where answers to the American shop's texts go, as its owner would set it at Twilio."""
    public_id = play.shop("shopify").store.public_id
    return f"{play.running.urls['web']}/hooks/twilio/{public_id}"
