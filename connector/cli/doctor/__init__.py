"""`cartwright doctor`: is the installation well, and if not, what mends it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

import click

from connector.cli.doctor import backlog, connections, safety, servers
from connector.cli.doctor.finding import Finding, Level, fail, ok
from connector.cli.installation import connected, found
from connector.config import Config
from connector.errors import ConfigError
from jobs.runtime import Runtime

# Each group is asked only when the one before it did not fail: the rest would be noise.
_OF_CONFIG: Sequence[Sequence[Callable[[Config], Iterator[Finding]]]] = (
    (servers.databases, servers.doorbell),
    (servers.migrations, safety.roles, safety.row_security),
)
_OF_DATA: Sequence[Callable[[Runtime], Iterator[Finding]]] = (
    servers.durability,
    servers.time_of_day,
    safety.secrets,
    safety.mail,
    safety.product_clock,
    backlog.lateness,
    backlog.given_up,
    connections.stores,
    connections.checks,
    backlog.privacy,
)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def command(as_json: bool) -> None:
    """Check configuration, servers, roles, secrets and lateness; exit code 1 if one fails."""
    findings = examine()
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        click.echo("\n".join(finding.line() for finding in findings))
    sys.exit(int(_bad(findings)))


def examine() -> list[Finding]:
    """All findings, in the order in which they matter."""
    try:
        with found() as config:
            return [ok("configuration", f"data folder {config.home}"), *_examined(config)]
    except ConfigError as error:
        return [fail("configuration", str(error), "set the environment right (README, Deploy)")]


def _examined(config: Config) -> list[Finding]:
    findings: list[Finding] = []
    for group in _OF_CONFIG:
        findings += [finding for check in group for finding in check(config)]
        if _bad(findings):
            return findings
    with connected(config) as means:
        return findings + [finding for check in _OF_DATA for finding in check(means)]


def _bad(findings: list[Finding]) -> bool:
    return any(finding.level is Level.FAIL for finding in findings)
