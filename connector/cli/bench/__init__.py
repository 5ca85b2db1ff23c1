"""`cartwright bench`: what this machine does, in one JSON object."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import click

from connector.cli.bench import intake, sending
from connector.cli.bench.intake import Intake
from connector.cli.bench.sending import Sending

_EXPLAINED = {
    "intake_ratio": "rate of POST /hooks/shopify with the durable insert, divided by the rate of"
    " the same route without it, on one granian worker at 32 connections (goal: 0.60 or more)",
    "intake_rate": "deliveries a second with the durable insert",
    "bare_rate": "deliveries a second without it",
    "intake_p50_ms": "half of the answers came faster, at 16 connections",
    "intake_p99_ms": "99 of 100 answers came faster (goal: 50 or less)",
    "due_to_provider_p50_s": "from due to the mail server's receipt, 100,000 runs waiting: half",
    "due_to_provider_p99_s": "and 99 of 100 (goal: 5 or less)",
    "sends_per_s_per_worker": "mails a second by one worker when 400 fall due at once",
    "bare_sends_per_s": "mails a second by four threads of smtplib, to the same server",
    "sends_ratio": "the first divided by the second",
    "decisions_per_s": "decisions a second at a branch of a flow, in memory",
    "runs_per_s_per_worker": "runs a second that one worker takes from a wait to a planned message",
    "rehearsed_carts_per_s": "carts a second in the rehearsal, all rules watched",
    "rss_mb": "resident megabytes by process, its children included, shared pages counted once",
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Only the object, no explanations.")
def command(as_json: bool) -> None:
    """Measure this machine, against loopback only: one JSON object on stdout.

    Ratios are measured in the same run and can be compared between machines; the rest cannot.
    """
    with tempfile.TemporaryDirectory(prefix="cartwright-bench-") as home:
        came_in = intake.measure(Path(home))
    went_out = sending.measure()
    figures = _figures(came_in, went_out)
    if not as_json:
        for name, value in figures.items():
            click.echo(f"{name} = {value}: {_EXPLAINED[name]}", err=True)
    click.echo(json.dumps(figures))


def _figures(came_in: Intake, went_out: Sending) -> dict[str, Any]:
    return {
        "intake_ratio": round(came_in.ratio, 2),
        "intake_rate": round(came_in.rate),
        "bare_rate": round(came_in.bare_rate),
        "intake_p50_ms": round(came_in.p50_ms, 1),
        "intake_p99_ms": round(came_in.p99_ms, 1),
        "due_to_provider_p50_s": round(went_out.p50_s, 2),
        "due_to_provider_p99_s": round(went_out.p99_s, 2),
        "sends_per_s_per_worker": round(went_out.per_s, 1),
        "bare_sends_per_s": round(went_out.bare_per_s, 1),
        "sends_ratio": round(went_out.per_s / went_out.bare_per_s, 2),
        "decisions_per_s": round(went_out.engine.decisions_per_s),
        "runs_per_s_per_worker": round(went_out.engine.runs_per_s),
        "rehearsed_carts_per_s": round(went_out.engine.rehearsed_per_s),
        "rss_mb": went_out.rss_mb,
    }
