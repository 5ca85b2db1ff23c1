"""Twilio asked for what it sent: after silence, the one way to know."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone

import pytest
import requests
from flask import Flask, Response, jsonify, request

from connector.channels.twilio import Twilio
from connector.errors import AdapterError, Disconnected, NotSent, OutcomeUnknown
from connector.ports.channel import Repeat, Trace
from connector.sandbox import twilio
from connector.sandbox.phone import Network
from connector.sandbox.server import Listener
from tests.contract_data import CONTRACTS, needs_contracts
from tests.contracts.doors import open_doors
from tests.contracts.spec import Checked
from tests.contracts.test_twilio import ANA, Phones, account, phones, reply, send, text

__all__ = ["phones"]  # the fixture

BEN = "+12025550188"
KEY = "0197f0a2-5c1e-7aaa-8bbb-0123456789ab"


def ask(to: str = ANA, since: datetime | None = None, **other: str) -> list[Trace]:
    since = since or datetime.now(UTC) - timedelta(minutes=5)
    return Twilio(account(**other)).look_up(KEY, to, since)


def on_its_way(phones: Phones) -> None:
    """Wait until every text has left Twilio: only then it has a date."""
    until = time.monotonic() + 5
    while any(message["status"] == "queued" for message in phones.state()):
        assert time.monotonic() < until
        time.sleep(0.02)


def test_what_is_not_shown_may_still_be_there() -> None:
    assert Twilio.repeat is Repeat.FIND


class TestTraces:
    def test_a_text_whose_answer_never_came_is_found(self, phones: Phones) -> None:
        phones.plan(hang_s=1)
        with open_doors(*phones.doors, timeout_s=0.3), pytest.raises(OutcomeUnknown):
            send()
        on_its_way(phones)
        (trace,) = ask()
        assert trace == Trace(str(phones.state()[0]["sid"]), "hello")

    def test_only_texts_to_her_and_none_of_hers(self, phones: Phones) -> None:
        sid = send().provider_id
        reply(phones, "thanks!")
        on_its_way(phones)
        assert [trace.provider_id for trace in ask()] == [sid]
        assert ask(to=BEN) == []
        assert ask(to=twilio.NUMBER) == []  # her answer came in, we sent nothing there

    def test_only_since_then_in_whatever_zone_it_is_told(self, phones: Phones) -> None:
        phones.sandbox.clock.set(datetime(2026, 6, 13, 14, 0, tzinfo=UTC))
        first = send().provider_id
        phones.sandbox.clock.set(datetime(2026, 6, 13, 15, 0, tzinfo=UTC))
        second = send().provider_id
        on_its_way(phones)
        seoul = timezone(timedelta(hours=9))
        both, late = datetime(2026, 6, 13, 23, 0, tzinfo=seoul), datetime(2026, 6, 14, tzinfo=seoul)
        assert [trace.provider_id for trace in ask(since=both)] == [second, first]
        assert [trace.provider_id for trace in ask(since=late)] == [second]
        assert ask(since=datetime(2026, 6, 13, 15, 1, tzinfo=UTC)) == []

    def test_who_has_no_number_was_sent_nothing(self, phones: Phones) -> None:
        phones.plan(fail_5xx=1)
        assert ask(to="nobody") == []


class TestNoAnswer:
    """A question sends nothing: it may always be asked again."""

    def test_wrong_credentials_disconnect(self, phones: Phones) -> None:
        with pytest.raises(Disconnected):
            ask(auth_token="guessed")

    def test_too_many_questions(self, phones: Phones) -> None:
        phones.plan(throttle=1)
        with pytest.raises(NotSent) as not_sent:
            ask()
        assert not_sent.value.after == 1.0

    def test_silence(self, phones: Phones) -> None:
        phones.plan(hang_s=1)
        with open_doors(*phones.doors, timeout_s=0.3), pytest.raises(NotSent):
            ask()

    def test_nobody_there(self, phones: Phones) -> None:
        phones.go_away()
        with pytest.raises(NotSent):
            ask()

    @pytest.mark.parametrize(
        ("status", "body", "error"),
        [
            (500, "", NotSent),
            (503, "<html>", NotSent),
            (302, "", NotSent),
            (429, "", NotSent),
            (401, '{"code": 20003}', Disconnected),
            (403, "", Disconnected),
            (404, '{"code": 20404}', Disconnected),
            (400, '{"code": 20001}', OutcomeUnknown),
            (400, "<html>", OutcomeUnknown),
            (200, "", NotSent),
            (200, "null", NotSent),
            (200, "[]", NotSent),
            (200, "{}", NotSent),
            (200, '{"messages": null}', NotSent),
            (200, '{"messages": [1]}', NotSent),
            (200, '{"messages": [{}], "odd": 1}', NotSent),
        ],
    )
    def test_an_answer_that_shows_nothing_is_never_an_empty_one(
        self, status: int, body: str, error: type[AdapterError]
    ) -> None:
        with answering(lambda: Response(body, status)), pytest.raises(error) as raised:
            ask()
        assert ANA not in str(raised.value)

    def test_a_second_page_that_never_comes(self) -> None:
        one = {"sid": "SM1", "direction": "outbound-api", "body": "hello"}
        more = "/2010-04-01/Accounts/AC1/Messages.json?Page=1"

        def page() -> Response:
            if "Page" in request.args:
                return Response("", 500)
            return jsonify(messages=[one], next_page_uri=more)

        with answering(page), pytest.raises(NotSent):
            ask()


@contextmanager
def answering(answer: Callable[[], Response]) -> Iterator[None]:
    """A Twilio that says this to every question."""
    app = Flask("odd")
    app.get("/<path:_any>")(lambda _any: answer())
    odd = Listener(app)
    with open_doors(f"api.twilio.com={odd.door}"):
        yield
    odd.stop()


class TestTheSandboxesList:
    def listing(self, phones: Phones, **asked: str) -> requests.Response:
        path = f"/2010-04-01/Accounts/{twilio.ACCOUNT_SID}/Messages.json"
        login = (twilio.ACCOUNT_SID, twilio.AUTH_TOKEN)
        return requests.get(phones.sandbox.url + path, params=asked, auth=login, timeout=5)

    def test_pages_follow_each_other(self, phones: Phones) -> None:
        sids = [send().provider_id for _ in range(5)]
        login, found = (twilio.ACCOUNT_SID, twilio.AUTH_TOKEN), []
        page = self.listing(phones, To=ANA, PageSize="2").json()
        while True:
            found += [message["sid"] for message in page["messages"]]
            if not page["next_page_uri"]:
                break
            uri = phones.sandbox.url + page["next_page_uri"]
            page = requests.get(uri, auth=login, timeout=5).json()
        assert found == sids[::-1]
        assert page["previous_page_uri"]

    def test_by_day_before_and_after(self, phones: Phones) -> None:
        phones.sandbox.clock.set(datetime(2026, 6, 13, 14, 0, tzinfo=UTC))
        send()
        on_its_way(phones)
        expected = {
            ("DateSent", "2026-06-13"): 1,
            ("DateSent", "2026-06-12"): 0,
            ("DateSent>", "2026-06-13"): 1,
            ("DateSent>", "2026-06-14"): 0,
            ("DateSent<", "2026-06-13T15:00:00Z"): 1,
            ("DateSent<", "2026-06-13"): 0,
            ("From", twilio.NUMBER): 1,
            ("From", BEN): 0,
        }
        for (name, value), count in expected.items():
            assert len(self.listing(phones, **{name: value}).json()["messages"]) == count
        assert self.listing(phones, DateSent="yesterday").status_code == 400


@needs_contracts
def test_the_question_and_the_answer_are_true_to_the_specification() -> None:
    network = Network(None, twilio.ACCOUNT_SID, twilio.AUTH_TOKEN)
    spec = CONTRACTS / "twilio" / "twilio_api_v2010.json"
    checked = Checked(spec, twilio.make_app(network), "/2010-04-01")
    listener = Listener(checked)  # type: ignore[arg-type]  # any WSGI application will do
    with open_doors(f"api.twilio.com={listener.door}"):
        Twilio(account()).send(text())
        while any(message["status"] == "queued" for message in network.messages()):
            time.sleep(0.02)
        assert len(ask()) == 1
        assert ask(to=BEN) == []
    listener.stop()
    network.stop()
    assert checked.calls == 3
    assert checked.violations == []
