"""Messages of which nobody knows whether they left: what tests of them share."""

from __future__ import annotations

import pytest

from connector.errors import OutcomeUnknown
from connector.models import Message
from connector.ports.channel import Repeat
from tests.fakes import Accepted, FakeMail
from tests.stage import Stage

LOST = OutcomeUnknown("no answer")
TAKEN = Accepted(LOST)  # it took the message, and we never read that


def can(monkeypatch: pytest.MonkeyPatch, repeat: Repeat, **more: object) -> None:
    """The mail's vendor can do this in doubt."""
    monkeypatch.setattr(FakeMail, "repeat", repeat)
    for name, value in more.items():
        monkeypatch.setattr(FakeMail, name, value)


def fate(stage: Stage) -> tuple[str, str]:
    """The only message's state, and why."""
    message = stage.one(Message)
    return message.state, message.reason
