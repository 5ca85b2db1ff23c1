"""What every outlet must do; each one's test class inherits all of it.

An outlet gives the running stand-in of its other side (`Place`) and an account that knows the
way to it. All of it is real traffic on loopback.
"""

from __future__ import annotations

import traceback
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
import requests

from connector.errors import AdapterError, Disconnected, NotSent, OutcomeUnknown, Refused
from connector.outlets import OUTLETS
from connector.ports.outlet import Notice, Outlet
from connector.sandbox import outlets
from tests.contracts.doors import open_doors

AT = datetime(2026, 6, 13, 14, 0, tzinfo=UTC)
KEY = "0197f0a2-5c1e-7aaa-8bbb-0123456789ab"


class Place(ABC):
    """Where an outlet delivers to: a sandbox, told how to behave towards the next notice."""

    name: str  # what the sandbox's faults call it

    def __init__(self) -> None:
        self.sandbox = outlets.start()
        self.closed = False

    @property
    def doors(self) -> tuple[str, ...]:
        return f"hooks.slack.com={self.sandbox.door}", self.sandbox.door

    @property
    def target(self) -> str:
        """The address that stands in the flow's step; "" where the account knows it."""
        return ""

    @abstractmethod
    def received(self) -> list[str]:
        """What arrived, as its reader reads it, oldest first."""

    def plan(self, **faults: float) -> None:
        order = faults | {"to": self.name}
        requests.post(f"{self.sandbox.url}/_sandbox/faults", json=order, timeout=5).close()

    def refuse(self) -> None:
        self.plan(status=400)

    def ask_to_wait(self) -> None:
        self.plan(throttle=1)

    def fail(self) -> None:
        self.plan(fail_5xx=1)

    def fall_silent(self) -> None:
        """Take the notice, and answer too late."""
        self.plan(hang_s=1)

    def go_away(self) -> None:
        self.close()

    def close(self) -> None:
        if not self.closed:
            self.sandbox.stop()
        self.closed = True


class OutletContract(ABC):
    """Told once, or an error that says whether it may be told again."""

    kind: str

    @abstractmethod
    def start(self) -> Place: ...

    @abstractmethod
    def account(self) -> dict[str, str]: ...

    @abstractmethod
    def wrong_account(self) -> dict[str, str]:
        """Settings that the merchant must mend."""

    @pytest.fixture
    def place(self) -> Iterator[Place]:
        started = self.start()
        with open_doors(*started.doors):
            yield started
        started.close()

    def outlet(self, **other: str) -> Outlet:
        return OUTLETS[self.kind](self.account() | other)

    def notice(self, place: Place) -> Notice:
        text = "Ana left a cart of 12,000 won"
        return Notice(KEY, AT, text, {"type": "cart.abandoned", "text": text}, place.target)

    def unsure(self) -> type[AdapterError]:
        """What it raises where the notice may have arrived."""
        return NotSent if OUTLETS[self.kind].repeatable else OutcomeUnknown

    def test_the_registry_knows_it_by_its_kind(self) -> None:
        assert OUTLETS[self.kind].kind == self.kind

    def test_settings_are_secrets_and_have_names_of_their_own(self) -> None:
        settings = OUTLETS[self.kind].settings
        assert len({setting.name for setting in settings}) == len(settings)
        assert all(setting.secret for setting in settings)

    def test_a_notice_arrives(self, place: Place) -> None:
        self.outlet().deliver(self.notice(place))
        assert len(place.received()) == 1
        assert "Ana left a cart of 12,000 won" in place.received()[0]

    def test_text_in_any_script_arrives_as_it_is(self, place: Place) -> None:
        text = "(광고) 5% 할인 🛒 “naïve” <b>&amp; 7 > 3"
        self.outlet().deliver(replace(self.notice(place), text=text, body={"text": text}))
        assert text.replace('"', '\\"') in place.received()[0]

    def test_half_a_letter_does_not_stop_it(self, place: Place) -> None:
        text = "a\ud800b"
        self.outlet().deliver(replace(self.notice(place), text=text, body={"text": text}))
        assert len(place.received()) == 1

    def test_settings_that_are_wrong_disconnect(self, place: Place) -> None:
        with pytest.raises(Disconnected):
            self.outlet(**self.wrong_account()).deliver(self.notice(place))
        assert place.received() == []

    def test_refused_is_refused_for_good(self, place: Place) -> None:
        place.refuse()
        with pytest.raises(Refused):
            self.outlet().deliver(self.notice(place))
        assert place.received() == []

    def test_asked_to_wait_nothing_was_told(self, place: Place) -> None:
        place.ask_to_wait()
        with pytest.raises(NotSent) as not_sent:
            self.outlet().deliver(self.notice(place))
        assert not_sent.value.after == 30
        assert place.received() == []

    def test_silence_after_the_notice(self, place: Place) -> None:
        place.fall_silent()
        with open_doors(*place.doors, timeout_s=0.3), pytest.raises(self.unsure()):
            self.outlet().deliver(self.notice(place))
        assert len(place.received()) == 1  # it did arrive

    def test_a_failure_over_there(self, place: Place) -> None:
        place.fail()
        with pytest.raises(self.unsure()):
            self.outlet().deliver(self.notice(place))

    def test_who_is_away_was_told_nothing(self, place: Place) -> None:
        place.go_away()
        with pytest.raises(NotSent):
            self.outlet().deliver(self.notice(place))

    def test_what_may_be_repeated_is_known_as_a_repeat(self, place: Place) -> None:
        if OUTLETS[self.kind].repeatable:
            for _ in range(3):
                self.outlet().deliver(self.notice(place))
            assert len(place.received()) == 1

    def test_loopback_is_closed_to_those_who_were_not_let_in(self, place: Place) -> None:
        with open_doors("127.0.0.1:1"), pytest.raises((Disconnected, Refused, NotSent)):
            self.outlet().deliver(self.notice(place))
        assert place.received() == []

    def test_no_error_tells_the_address(self, place: Place) -> None:
        place.go_away()
        with pytest.raises(AdapterError) as away:
            self.outlet().deliver(self.notice(place))
        told = "".join(traceback.format_exception(away.value))
        urls = [*self.account().values(), place.target]
        paths = [path for url in urls if (path := urlsplit(url).path)]
        assert not [path for path in paths if path in told]
