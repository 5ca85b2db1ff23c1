"""`cartwright flows list|library|schema|validate`: what there is, and whether it is sound."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from connector.cli.flows import texts
from connector.domain.flows.checks import StoreMeans, says
from connector.domain.flows.errors import FlowError

if TYPE_CHECKING:
    from connector.services.flow_switches import Standing


@click.command("list")
@click.option("--store", help="Its number, public id or domain; else of all stores.")
def list_flows(store: str | None) -> None:
    """List flows, for each store the one that takes a person first at the top."""
    names = [store] if store else _all_stores()
    lines = [line for name in names for line in _listed(name)]
    click.echo("\n".join(lines) or "No flow yet: `cartwright flows library`.")


def _all_stores() -> list[str]:
    from connector.cli.installation import opened
    from connector.services import installs

    with opened() as means, means.sessions.all_stores() as session:
        return [str(store.id) for store in installs.all_stores(session)]


def _listed(store: str) -> list[str]:
    from connector.services import flow_switches

    with texts.in_store(store) as here:
        standings = flow_switches.standings(here.session, here.store)
        head = [f"{here.store.name} ({here.store.domain})"] if standings else []
        return head + [f"  {_standing(one, here)}" for one in standings]


def _standing(one: Standing, here: texts.InStore) -> str:
    flow = one.flow
    said = f"{flow.state:<7} {flow.key:<24} v{flow.version:<3} {one.active:>5} on their way"
    said += f", {one.pending} to begin" if one.pending else ""
    said += f"  {flow.name}"
    percent = flow.holdout.percent_at(here.now)
    if percent:
        until = flow.calibrating_until
        calibrating = f" until {here.local(until)}" if until and until > here.now else ""
        said += f"  ({percent} % held out{calibrating})"
    return said


@click.command()
def library() -> None:
    """List the flows that come with the product: `apply` takes their keys too."""
    from connector.services import flow_texts

    for flow in flow_texts.library().values():
        click.echo(f"{flow.key:<24} {flow.text.name}")
        if flow.text.about:
            click.echo(f"{'':<24} {flow.text.about}")


@click.command()
def schema() -> None:
    """Print the JSON Schema of a flow's text, for editors."""
    from connector.domain import flows

    click.echo(json.dumps(flows.schema(), indent=2, ensure_ascii=False))


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--store", help="Check against this store too (number, public id or domain).")
def validate(files: tuple[str, ...], store: str | None) -> None:
    """Check FILEs (or keys of the library); exit code 2 if one is refused.

    Without --store no database is needed: what only a store can tell is not asked.
    """
    with _means(store) as means:
        sound = [_validated(file, means) for file in files]
    if not all(sound):
        raise SystemExit(texts.REFUSED)


@contextlib.contextmanager
def _means(store: str | None) -> Iterator[StoreMeans]:
    from jobs import flow_means

    if store is None:
        yield flow_means.product()
        return
    with texts.in_store(store) as here:
        yield flow_means.of_store(here.session, here.store)


def _validated(file: str, means: StoreMeans) -> bool:
    from connector.services import flow_texts

    try:
        checked = flow_texts.checked(texts.source_of(file), means)
    except FlowError as error:
        texts.tell(file, error.problems)
        return False
    texts.tell(file, checked.warnings)
    click.echo(f"{file}: {checked.flow.key} is sound")
    if means.currency:
        for line in says(checked.flow, means.currency):
            click.echo(f"  {line}")
    return True
