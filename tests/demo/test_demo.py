"""The proof of the whole product: three days in two shops, and every promise kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_PATIENCE_S = 300
pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the demo says at its end; it must succeed, whatever installation the user has."""
    users_own = tmp_path_factory.mktemp("users-own")
    done = subprocess.run(
        [sys.executable, "-m", "connector.cli", "demo", "--json"],
        env={**os.environ, "CARTWRIGHT_HOME": str(users_own)},
        capture_output=True,
        check=False,
        timeout=_PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert list(users_own.iterdir()) == [], "the demo touched the user's own data"
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_everything_that_came_was_understood(told: dict[str, Any]) -> None:
    assert told["webhooks_received"] == told["webhooks_processed"] > 200
    assert told["unprocessed_webhooks"] == told["dead_rows"] == 0


def test_carts_were_won_back(told: dict[str, Any]) -> None:
    assert told["carts_seen"] > told["carts_abandoned"] > 40
    assert told["messages_sent"]["email"] > 40
    assert told["messages_sent"]["sms"] == told["discounts_created"] > 10
    assert told["orders_recovered"] >= 10
    assert all(float(told["money"][currency]) > 0 for currency in ("USD", "KRW"))
    assert told["mailchimp_members"] > 40


def test_nobody_got_a_message_twice_or_after_she_had_bought(told: dict[str, Any]) -> None:
    assert told["duplicate_messages"] == 0
    assert told["sent_after_purchase"] == 0
    assert told["unknown_messages"] == 0


def test_a_folder_with_data_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "something").touch()
    done = subprocess.run(
        [sys.executable, "-m", "connector.cli", "demo", "--home", str(tmp_path)],
        capture_output=True,
        check=False,
        timeout=60,
        text=True,
    )
    assert done.returncode == 2
    assert "is not empty: name a new folder" in done.stderr
    assert (tmp_path / "something").exists()
