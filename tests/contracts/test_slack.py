"""Slack under the outlet contract: what it shows, what it obeys, what its words mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from connector.errors import AdapterError, Disconnected, NotSent, OutcomeUnknown, Refused
from connector.outlets.slack import Slack
from connector.ports.outlet import Notice
from connector.sandbox import outlets
from connector.sandbox.outlets import SLACK_URL, WEBHOOK_SECRET, Ears
from connector.sandbox.server import Listener
from tests.contract_data import CONTRACTS, needs_contracts
from tests.contracts.doors import open_doors
from tests.contracts.outlet import AT, KEY, OutletContract, Place
from tests.contracts.spec import Checked


class Staff(Place):
    name = "slack"

    def messages(self) -> list[dict[str, Any]]:
        found = requests.get(f"{self.sandbox.url}/_sandbox/state", timeout=5).json()
        messages: list[dict[str, Any]] = found["slack"]
        return messages

    def received(self) -> list[str]:
        return [message["shown"] for message in self.messages()]


class TestSlack(OutletContract):
    kind = "slack"

    def start(self) -> Staff:
        return Staff()

    def account(self) -> dict[str, str]:
        return {"url": SLACK_URL}

    def wrong_account(self) -> dict[str, str]:
        return {"url": SLACK_URL + "x"}


@pytest.fixture
def staff() -> Iterator[Staff]:
    started = Staff()
    with open_doors(*started.doors):
        yield started
    started.close()


def tell(text: str, url: str = SLACK_URL) -> None:
    Slack({"url": url}).deliver(Notice(KEY, AT, text, {}))


class TestWhatStaffRead:
    def test_nobody_is_called_and_no_link_is_dressed_up(self, staff: Staff) -> None:
        text = "Ana <!channel> <@U123> <https://evil.example|your bank> &lt; *bold*"
        tell(text)
        (message,) = staff.messages()
        assert message["shown"] == text
        assert message["mentions"] == []

    def test_no_page_is_fetched_for_a_preview(self, staff: Staff) -> None:
        tell("https://shop.example/cart")
        payload = staff.messages()[0]["payload"]
        assert (payload["unfurl_links"], payload["unfurl_media"]) == (False, False)
        assert payload["mrkdwn"] is False

    @pytest.mark.parametrize("letter", ["x", "&", "<", "안"])
    @pytest.mark.parametrize("begin", ["", "1", "12", "123", "1234"])
    def test_a_long_text_is_cut_between_letters(
        self, staff: Staff, letter: str, begin: str
    ) -> None:
        tell(begin + letter * 4000)
        (message,) = staff.messages()
        assert 2990 < len(message["payload"]["text"]) <= 3000
        assert set(message["shown"].removeprefix(begin)) == {letter, "…"}

    def test_a_text_that_just_fits_is_whole(self, staff: Staff) -> None:
        tell("x" * 3000)
        assert staff.received() == ["x" * 3000]

    @pytest.mark.parametrize("text", ["", " \n", "\u202e\x00"])
    def test_nothing_to_say_says_nothing(self, staff: Staff, text: str) -> None:
        with pytest.raises(Refused):
            tell(text)
        assert staff.received() == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://hooks.slack.com/",
        "https://hooks.slack.com/workflows/T1/B1/x",
        "http://hooks.slack.com/services/T1/B1/x",
        "https://hooks.slack.com.evil.example/services/T1/B1/x",
        "https://evil.example/https://hooks.slack.com/services/T1/B1/x",
        "https://me@hooks.slack.com/services/T1/B1/x",
        "https://hooks.slack.com/services/T1/B1/x/../../../api",
        "https://hooks.slack.com/services/T1/B1/x?y=1",
        "https://hooks.slack.com/services/T1/B1/é",
        "https://169.254.169.254/services/T1/B1/x",
    ],
)
def test_only_slacks_own_addresses_are_called(staff: Staff, url: str) -> None:
    with pytest.raises(Disconnected) as disconnected:
        tell("hello", url)
    assert not url or url not in str(disconnected.value)
    assert staff.received() == []


def test_an_address_may_be_pasted_with_blanks_around(staff: Staff) -> None:
    tell("hello", f" {SLACK_URL}\n")
    assert staff.received() == ["hello"]


class TestSlacksWords:
    @pytest.mark.parametrize(
        ("faults", "error", "words"),
        [
            ({"invalid": 1}, Refused, "HTTP 400, invalid_payload"),
            ({"prohibited": 1}, Disconnected, "HTTP 403, action_prohibited"),
            ({"archived": 1}, Disconnected, "HTTP 410, channel_is_archived"),
            ({"throttle": 1}, NotSent, "HTTP 429, rate_limited"),
            ({"fail_5xx": 1}, OutcomeUnknown, "HTTP 500, rollup_error"),
            ({"status": 413}, Refused, "HTTP 413"),
            ({"status": 302}, OutcomeUnknown, "HTTP 302"),
            ({"status": 503}, OutcomeUnknown, "HTTP 503"),
            ({"status": 200}, OutcomeUnknown, "HTTP 200"),
        ],
    )
    def test_each_has_its_error(
        self, staff: Staff, faults: dict[str, float], error: type[AdapterError], words: str
    ) -> None:
        staff.plan(**faults)
        with pytest.raises(error, match=words):
            tell("hello")
        assert staff.received() == []

    @pytest.mark.parametrize(
        ("path", "words"),
        [("/T1/B1/x", "HTTP 404, no_service"), ("", "HTTP 403, invalid_token")],
    )
    def test_a_webhook_that_was_taken_away_disconnects(
        self, staff: Staff, path: str, words: str
    ) -> None:
        url = f"https://hooks.slack.com/services{path}" if path else SLACK_URL + "x"
        with pytest.raises(Disconnected, match=words):
            tell("hello", url)


@needs_contracts
def test_the_calls_are_true_to_the_contract() -> None:
    ears = Ears(None, SLACK_URL, WEBHOOK_SECRET)
    spec = CONTRACTS / "slack" / "slack_incoming_webhook.openapi31.json"
    checked = Checked(spec, outlets.make_app(ears), "/services/")
    listener = Listener(checked)  # type: ignore[arg-type]  # any WSGI application will do
    with open_doors(f"hooks.slack.com={listener.door}"):
        tell("안녕 <&>")
        with pytest.raises(Disconnected):
            tell("hello", SLACK_URL + "x")
    listener.stop()
    ears.shelf.close()
    assert checked.calls == 2
    assert checked.violations == []
