"""The short form of `cartwright campaign --part kills`: five kills of everything."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

_KILLS = 5
_PATIENCE_S = 420


@pytest.mark.kill
@pytest.mark.stack
def test_whatever_is_killed_nothing_is_lost_and_nothing_doubled() -> None:
    words = ["campaign", "--part", "kills", "--kills", str(_KILLS), "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "connector.cli", *words],
        capture_output=True,
        check=False,
        timeout=_PATIENCE_S,
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    told = json.loads(done.stdout)
    assert {"web", "clock", "valkey", "postgres", "worker-messages"} <= told["kills"].keys()
    assert all(count >= _KILLS for count in told["kills"].values())
    assert told["webhooks_accepted"] > 50
    assert told["mails_accepted"] > 20
    assert told["webhooks_lost"] == told["messages_doubled"] == told["left_unrecorded"] == 0
