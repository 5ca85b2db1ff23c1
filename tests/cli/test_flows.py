"""`cartwright flows`, on real servers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from connector.crypto import Vault
from connector.errors import ConfigError, NotFound
from connector.models import Store
from connector.services import flow_texts, installs
from connector.session import Sessions
from tests.cli.conftest import Cli

SERIES = """key: series
name: Three mails
trigger: {on: cart_abandoned, where: {cart_value: {at_least: 50000}}}
steps:
  - id: calm
    wait: {hours: 1, since: last_activity}
  - id: first
    send: {medium: email, template: reminder}
  - id: day
    wait: {hours: 24}
  - id: second
    send: {medium: email, template: offer, offer: {percent: 5, otherwise: reminder}}
"""
WRONG = SERIES.replace("hours: 24", "hours: 0").replace("template: reminder}", "template: remindr}")


@pytest.fixture
def mails(mina: Store, service: Sessions, vault: Vault) -> Store:
    """Mina's store, with an account for mail."""
    with service.store(mina.id) as session:
        installs.add_channel(session, vault, mina, "smtp", {"host": "mail.example"})
    return mina


@pytest.fixture
def series(tmp_path: Path) -> Path:
    return written(tmp_path, SERIES)


def written(folder: Path, source: str) -> Path:
    path = folder / "series.yaml"
    path.write_text(source)
    return path


def test_a_text_is_validated_without_a_database(
    cli: Cli, series: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    answer = cli("flows", "validate", str(series))
    assert answer.exit_code == 0
    assert answer.stdout == f"{series}: series is sound\n"


def test_what_is_wrong_is_one_a_line_with_its_line_and_exit_code_2(
    cli: Cli, tmp_path: Path
) -> None:
    path = written(
        tmp_path, SERIES.replace("reminder", "remindr").replace("percent: 5, ", "amount: 5.555, ")
    )
    answer = cli("flows", "validate", "cart-recovery", str(path))
    assert answer.exit_code == 2
    refused = [line for line in answer.stderr.splitlines() if line.startswith(str(path))]
    assert refused == [
        f"{path}: line 8, steps[1].send.template: there is no email template 'remindr'"
        " — use reminder",
        f"{path}: line 12, steps[3].send.offer.otherwise: there is no email template 'remindr'"
        " — use reminder",
    ]
    assert "cart-recovery: cart-recovery is sound" in answer.stdout


def test_with_a_store_its_means_are_asked_and_money_is_explained(
    cli: Cli, series: Path, mina: Store
) -> None:
    answer = cli("flows", "validate", str(series), "--store", mina.domain)
    assert answer.exit_code == 2
    assert "the store has no account for email" in answer.stderr


def test_money_is_explained_in_the_stores_currency(cli: Cli, series: Path, mails: Store) -> None:
    said = cli("flows", "validate", str(series), "--store", mails.domain).stdout
    assert "trigger.where.cart_value.at_least: 50000 means ₩50,000, the store's currency" in said


def test_a_file_that_is_not_there_is_refused(cli: Cli) -> None:
    answer = cli("flows", "validate", "nothing.yaml")
    assert isinstance(answer.exception, ConfigError)
    assert "there is no file nothing.yaml" in str(answer.exception)
    assert "in the library: choose " in str(answer.exception)


def test_a_plan_changes_nothing_and_apply_does(cli: Cli, series: Path, mails: Store) -> None:
    planned = cli("flows", "plan", str(series), "--store", mails.domain)
    assert planned.exit_code == 0
    assert "series would be new: version 1." in planned.stdout
    assert re.search(r"cart_abandoned: 0 times since .* KST", planned.stdout)
    assert "No flow yet" in cli("flows", "list").stdout
    done = cli("flows", "apply", str(series), "--store", mails.domain, "--yes")
    assert done.stdout.endswith("series is at version 1 and is on.\n")
    again = cli("flows", "apply", str(series), "--store", mails.domain, "--yes").stdout
    assert again.endswith("series was already at version 1 and is on.\n")


def test_apply_asks_first(cli: Cli, series: Path, mails: Store) -> None:
    answer = cli("flows", "apply", str(series), "--store", mails.domain)  # nobody says yes
    assert answer.exit_code == 1
    assert "Apply it? [y/N]" in answer.output
    assert "No flow yet" in cli("flows", "list").stdout


def test_a_new_flow_may_be_left_off(cli: Cli, series: Path, mails: Store) -> None:
    words = ("flows", "apply", str(series), "--store", mails.domain, "--yes", "--off")
    assert cli(*words).stdout.endswith("series is at version 1 and is off.\n")


@pytest.mark.parametrize("verb", ["plan", "apply", "diff"])
def test_a_broken_file_is_refused_by_all_who_read_it(
    cli: Cli, tmp_path: Path, mails: Store, verb: str
) -> None:
    path = written(tmp_path, WRONG)
    answer = cli("flows", verb, str(path), "--store", mails.domain)
    assert answer.exit_code == 2
    assert f"{path}: line 10, steps[2].wait: a wait is longer than nothing" in answer.stderr


def test_what_was_applied_comes_back_and_is_compared(cli: Cli, series: Path, mails: Store) -> None:
    cli("flows", "apply", str(series), "--store", mails.domain, "--yes")
    assert cli("flows", "export", "series", "--store", mails.domain).stdout == SERIES
    assert cli("flows", "diff", str(series), "--store", mails.domain).stdout == ""
    series.write_text(SERIES.replace("hours: 24", "hours: 36"))
    changed = cli("flows", "diff", str(series), "--store", mails.domain).stdout
    assert "-    wait: {hours: 24}" in changed
    assert "+    wait: {hours: 36}" in changed
    planned = cli("flows", "plan", str(series), "--store", mails.domain).stdout
    assert "series would change: version 2." in planned


def test_flows_are_switched(cli: Cli, sessions: Sessions, series: Path, mails: Store) -> None:
    where = ("series", "--store", mails.domain)
    cli("flows", "apply", str(series), "--store", mails.domain, "--yes")
    assert cli("flows", "pause", *where).stdout == "series is paused.\n"
    assert "paused  series" in cli("flows", "list").stdout
    assert cli("flows", "on", *where).stdout == "series is on.\n"
    asked = cli("flows", "off", *where)
    assert "0 runs of series would end for good. Switch it off? [y/N]" in asked.output
    assert asked.exit_code == 1
    assert cli("flows", "off", *where, "--yes").stdout == (
        "series is off: 0 runs ended, 0 messages will not be sent.\n"
    )
    with sessions.store(mails.id) as session:
        assert session.execute(text("select state from flows")).scalar_one() == "off"


def test_people_are_held_out(cli: Cli, series: Path, mails: Store) -> None:
    where = ("series", "--store", mails.domain)
    cli("flows", "apply", str(series), "--store", mails.domain, "--yes")
    assert cli("flows", "holdout", *where, "--percent", "10").stdout == (
        "series leaves 10 % of people alone.\n"
    )
    calibrating = cli("flows", "holdout", *where, "--calibrate-days", "14").stdout
    assert re.fullmatch(
        r"series leaves 50 % of people alone until .* KST, then 10 %\.\n", calibrating
    )
    assert re.search(r"\(50 % held out until .* KST\)", cli("flows", "list").stdout)
    assert cli("flows", "holdout", *where).exit_code == 2
    assert cli("flows", "holdout", *where, "--percent", "60").exit_code == 2


def test_a_flow_that_is_not_there_is_named(cli: Cli, mina: Store) -> None:
    for words in (("on", "x"), ("off", "x"), ("export", "x"), ("holdout", "x", "--percent", "1")):
        answer = cli("flows", *words, "--store", mina.domain)
        assert isinstance(answer.exception, NotFound)
        assert "Mina's Ceramics has no flow 'x': it has none" in str(answer.exception)


def test_the_library_is_listed_and_applied_by_key(cli: Cli, mails: Store) -> None:
    listed = cli("flows", "library").stdout
    assert all(key in listed for key in flow_texts.library())
    exported = flow_texts.library_text("cart-recovery")
    mails_only = cli("flows", "apply", "cart-recovery", "--store", mails.domain, "--yes")
    assert mails_only.exit_code == 2
    assert "the store has no account for sms" in mails_only.stderr
    assert "key: cart-recovery" in exported


def test_the_schema_is_printed(cli: Cli) -> None:
    assert json.loads(cli("flows", "schema").stdout)["title"] == "Flow"


@pytest.mark.parametrize("seed", range(1, 5))
def test_a_command_ends_well_when_python_ends(seed: int) -> None:
    """msgspec's types that hold each other crash then, if they are cleared (its issue 717)."""
    said = subprocess.run(
        [sys.executable, "-m", "connector.cli", "flows", "schema"],
        env={**os.environ, "PYTHONHASHSEED": str(seed)},
        capture_output=True,
        check=False,
    )
    assert said.returncode == 0
