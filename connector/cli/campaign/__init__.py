"""`cartwright campaign`: break everything on purpose, and count what was lost or doubled."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import click

from connector.cli.campaign import crashes, crowd, kills, points, race, twin
from connector.cli.campaign.channels import ADAPTERS
from connector.cli.campaign.crashes import Said
from connector.errors import ConfigError


class Report(Protocol):
    """What a part tells: its figures, and which promises do not hold."""

    def figures(self) -> dict[str, Any]:
        """For the JSON."""

    def broken(self) -> list[str]:
        """One line each."""


@dataclass(frozen=True)
class Wanted:
    """What was asked for on the command line."""

    seed: int
    kills: int
    seeds: int
    points: str
    adapters: str
    pairs: int
    carts: int
    crowd: int
    home: Path | None


def _kills(wanted: Wanted, said: Said) -> Report:
    said(f"Each process is killed {wanted.kills} times, at random instants.")
    return kills.run(wanted.kills, wanted.seed, said, wanted.home)


def _points(wanted: Wanted, said: Said) -> Report:
    names = [name for name in wanted.adapters.split(",") if name] or list(ADAPTERS)
    unknown = set(names) - ADAPTERS.keys()
    if unknown:
        raise ConfigError(f"no such adapter: {', '.join(unknown)}; there are {', '.join(ADAPTERS)}")
    plan = crashes.Plan(points.by_name(wanted.points), names, wanted.seed, wanted.seeds)
    size = f"{len(plan.points)} points, {len(names)} adapters, {wanted.seeds} seeds"
    said(f"Killed at named points: {size}.")
    return crashes.run(plan, said)


def _race(wanted: Wanted, said: Said) -> Report:
    said(f"{wanted.pairs} purchases, each at the instant of a message.")
    return race.run(wanted.pairs, wanted.seed, said)


def _crowd(wanted: Wanted, said: Said) -> Report:
    said(f"{wanted.crowd} carts of a month, played in memory, all rules watched.")
    with click.progressbar(length=wanted.crowd, label="Carts", file=sys.stderr) as bar:
        return crowd.run(wanted.crowd, wanted.seed, bar.update)


def _twin(wanted: Wanted, said: Said) -> Report:
    said(f"{wanted.carts} carts of a month, played in memory and on PostgreSQL.")
    with click.progressbar(length=wanted.carts, label="Carts", file=sys.stderr) as bar:
        return twin.run(wanted.carts, wanted.seed, progress=bar.update)


_PARTS: dict[str, Callable[[Wanted, Said], Report]] = {
    "kills": _kills,
    "points": _points,
    "race": _race,
    "crowd": _crowd,
    "twin": _twin,
}


@click.command()
@click.option("--part", type=click.Choice([*_PARTS, "all"]), default="all", show_default=True)
@click.option("--seed", default=1, show_default=True, help="Other instants.")
@click.option("--kills", default=20, show_default=True, help="kills: of each process.")
@click.option("--seeds", default=2, show_default=True, help="points: so many, from the seed on.")
@click.option("--points", default="", help="points: only these, as C6,C8.")
@click.option("--adapters", default="", help=f"points: only these of {','.join(ADAPTERS)}.")
@click.option("--pairs", default=10_000, show_default=True, help="race: purchases.")
@click.option("--carts", default=10_000, show_default=True, help="twin: played on both sides.")
@click.option("--crowd", default=100_000, show_default=True, help="crowd: carts in memory.")
@click.option("--json", "as_json", is_flag=True, help="Only the object at the end.")
@click.option("--home", type=click.Path(path_type=Path), help="kills: a new folder to keep.")
def command(part: str, as_json: bool, **options: Any) -> None:
    """Kill -9 at random, kill -9 at every named point, buy while it sends: nothing may be lost.

    Nothing doubled either. The providers are the witnesses: they live on. Then a crowd plays a
    month in memory, every rule watched, and a smaller one in memory and on PostgreSQL: both
    must tell the same. One JSON object on stdout; exit code 1 if a promise was broken.
    """
    said, wanted = _silent if as_json else _say, Wanted(**options)
    told: dict[str, Any] = {"seed": wanted.seed}
    broken: list[str] = []
    for name in _PARTS if part == "all" else [part]:
        said(f"{name}: again with `cartwright campaign {_again(name, wanted)}`")
        began = time.monotonic()
        report = _PARTS[name](wanted, said)
        figures = {**report.figures(), "seconds": round(time.monotonic() - began, 1)}
        told |= {name: figures} if part == "all" else figures
        broken += report.broken()
    click.echo(json.dumps(told))
    for line in broken:
        click.echo(f"Broken promise: {line}", err=True)
    sys.exit(1 if broken else 0)


def _again(part: str, wanted: Wanted) -> str:
    """The words that play the same part again, with the same luck."""
    mine = {
        "kills": ("kills",),
        "points": ("seeds", "points", "adapters"),
        "race": ("pairs",),
        "crowd": ("crowd",),
        "twin": ("carts",),
    }[part]
    given = [f"--{name} {getattr(wanted, name)}" for name in mine if getattr(wanted, name)]
    return " ".join([f"--part {part} --seed {wanted.seed}", *given])


def _say(words: str) -> None:
    click.echo(words, err=True)


def _silent(words: str) -> None:
    del words
