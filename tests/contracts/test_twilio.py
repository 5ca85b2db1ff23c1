"""Twilio under the channel contract, its codes, its callbacks and what people text back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests
from flask import Flask, Response

from connector.channels.twilio import Twilio
from connector.errors import (
    AdapterError,
    Disconnected,
    NotSent,
    OutcomeUnknown,
    Refused,
    Scope,
)
from connector.ports.channel import Outgoing, Receipt
from connector.sandbox import twilio
from connector.sandbox.server import Listener
from tests.contracts.channel import ChannelContract, Vendor
from tests.contracts.doors import open_doors

ANA = "+12025550123"


class Phones(Vendor):
    def __init__(self) -> None:
        self.sandbox = twilio.start()
        self.doors = (f"api.twilio.com={self.sandbox.door}",)
        self.closed = False

    def state(self) -> list[dict[str, object]]:
        found = requests.get(f"{self.sandbox.url}/_sandbox/state", timeout=5).json()
        messages: list[dict[str, object]] = found["messages"]
        return messages

    def received(self) -> list[str]:
        return [str(message["body"]) for message in self.state()]

    def plan(self, **faults: float) -> None:
        requests.post(f"{self.sandbox.url}/_sandbox/faults", json=faults, timeout=5).close()

    def refuse_the_address(self) -> None:
        self.plan(error_code=21211)

    def refuse_the_text(self) -> None:
        self.plan(error_code=30007)

    def ask_to_wait(self) -> None:
        self.plan(throttle=1)

    def fall_silent(self) -> None:
        self.plan(hang_s=1)

    def go_away(self) -> None:
        self.close()

    def close(self) -> None:
        if not self.closed:
            self.sandbox.stop()
        self.closed = True


class TestTwilio(ChannelContract):
    kind = "twilio"
    to = ANA

    def start(self) -> Phones:
        return Phones()

    def account(self, vendor: Vendor) -> dict[str, str]:
        return account()

    def wrong_login(self) -> dict[str, str]:
        return {"auth_token": "guessed"}


def account(**other: str) -> dict[str, str]:
    return {
        "account_sid": twilio.ACCOUNT_SID,
        "auth_token": twilio.AUTH_TOKEN,
        "sender": twilio.NUMBER,
    } | other


@pytest.fixture
def phones() -> Iterator[Phones]:
    started = Phones()
    with open_doors(*started.doors):
        yield started
    started.close()


def send(message: Outgoing | None = None, **other: str) -> Receipt:
    return Twilio(account(**other)).send(message or text())


def text() -> Outgoing:
    return Outgoing(key="0197f0a2-5c1e-7aaa-8bbb-0123456789ab", to=ANA, text="hello")


class TestSending:
    def test_a_text_expires_at_the_vendor(self, phones: Phones) -> None:
        for seconds in (0, 600, 99_999):
            send(replace(text(), valid_for_s=seconds))
        assert [message["validity_period"] for message in phones.state()] == [1, 600, 36_000]

    def test_a_messaging_service_may_send_instead_of_a_number(self, phones: Phones) -> None:
        send(sender="MG" + "a" * 32)
        assert phones.state()[0]["messaging_service_sid"] == "MG" + "a" * 32
        assert phones.state()[0]["from"] is None

    def test_accepted_without_a_sid_is_an_unknown_outcome(self, phones: Phones) -> None:
        phones.plan(no_sid=1)
        with pytest.raises(OutcomeUnknown):
            send()
        assert len(phones.received()) == 1

    def test_a_failure_at_the_vendor_is_an_unknown_outcome(self, phones: Phones) -> None:
        phones.plan(fail_5xx=1)
        with pytest.raises(OutcomeUnknown):
            send()

    def test_too_many_requests_tells_when_to_come_back(self, phones: Phones) -> None:
        phones.plan(throttle=1)
        with pytest.raises(NotSent) as not_sent:
            send()
        assert not_sent.value.after == 1.0

    def test_who_asked_to_stop_gets_no_text_until_she_starts_again(self, phones: Phones) -> None:
        reply(phones, "stop")
        with pytest.raises(Refused) as refused:
            send()
        assert refused.value.scope == Scope.OPT_OUT
        reply(phones, "START")
        assert send().provider_id

    def test_a_text_that_is_empty_or_too_long_never_leaves(self, phones: Phones) -> None:
        for body in (" \n", "x" * 1601):
            with pytest.raises(Refused):
                send(replace(text(), text=body))
        assert phones.received() == []

    @pytest.mark.parametrize(
        ("code", "error"),
        [
            (21610, Refused),
            (21614, Refused),
            (30007, Refused),
            (99999, Refused),
            (21606, Disconnected),
            (21408, Disconnected),
            (30034, Disconnected),
            (35118, Disconnected),
            (20003, Disconnected),
            (30610, NotSent),
            (20429, NotSent),
        ],
    )
    def test_each_code_has_its_error(
        self, phones: Phones, code: int, error: type[AdapterError]
    ) -> None:
        phones.plan(error_code=code)
        with pytest.raises(error) as raised:
            send()
        assert ANA not in str(raised.value)

    @pytest.mark.parametrize(
        ("status", "body", "error"),
        [
            (503, "<html>", OutcomeUnknown),
            (502, "", OutcomeUnknown),
            (302, "", OutcomeUnknown),
            (201, "", OutcomeUnknown),
            (201, "null", OutcomeUnknown),
            (201, "[]", OutcomeUnknown),
            (201, '{"sid": null}', OutcomeUnknown),
            (400, "<html>", Refused),
            (401, "", Disconnected),
            (429, "", NotSent),
        ],
    )
    def test_answers_that_are_no_twilio(
        self, status: int, body: str, error: type[AdapterError]
    ) -> None:
        app = Flask("odd")
        app.post("/<path:_any>")(lambda _any: Response(body, status))
        odd = Listener(app)
        with open_doors(f"api.twilio.com={odd.door}"), pytest.raises(error):
            send()
        odd.stop()


def reply(phones: Phones, body: str) -> None:
    order = {"from": ANA, "to": twilio.NUMBER, "body": body}
    requests.post(f"{phones.sandbox.url}/_sandbox/reply", json=order, timeout=5).close()


def test_sends_may_run_in_threads(phones: Phones) -> None:
    channel, sids = Twilio(account()), []
    workers = [
        threading.Thread(target=lambda: sids.append(channel.send(text()).provider_id))
        for _ in range(8)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(set(sids)) == 8
