"""Twilio under the channel contract, its codes, its callbacks and what people text back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import requests
from flask import Flask, Response, request

from connector.channels.twilio import Twilio
from connector.errors import (
    AdapterError,
    Disconnected,
    InvalidSignature,
    Malformed,
    NotSent,
    OutcomeUnknown,
    Refused,
    Scope,
)
from connector.ports.channel import Outgoing, Receipt, ReportKind
from connector.sandbox import twilio
from connector.sandbox.server import Listener
from tests.contracts.channel import ChannelContract, Vendor
from tests.contracts.doors import open_doors

ANA = "+12025550123"

Call = tuple[str, list[tuple[str, str]], str]  # URL, form, signature


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


@contextmanager
def webhook() -> Iterator[tuple[str, list[Call]]]:
    """An address of ours for the vendor to call, and what it called with."""
    calls: list[Call] = []
    app = Flask("ours")

    @app.post("/reports/twilio/1")
    def take() -> Response:
        signature = request.headers["X-Twilio-Signature"]
        calls.append((request.url, list(request.form.items(multi=True)), signature))
        return Response(status=204)

    listener = Listener(app)
    yield f"{listener.url}/reports/twilio/1?s=7", calls
    listener.stop()


def reply(phones: Phones, body: str) -> None:
    order = {"from": ANA, "to": twilio.NUMBER, "body": body}
    requests.post(f"{phones.sandbox.url}/_sandbox/reply", json=order, timeout=5).close()


class TestReports:
    def test_a_delivery_is_reported_and_signed(self, phones: Phones) -> None:
        with webhook() as (url, calls):
            sid = send(replace(text(), report_url=url)).provider_id
            phones.close()  # lets the last calls out
        channel, reports = Twilio(account()), []
        for called, form, signature in calls:
            channel.verify_report(called, form, signature)
            reports.append(channel.parse_report(dict(form)))
        assert [report.kind for report in reports] == [ReportKind.PROGRESS, ReportKind.DELIVERED]
        assert {report.provider_id for report in reports} == {sid}
        assert [report.event_key for report in reports] == [f"{sid}:sent", f"{sid}:delivered"]

    def test_a_failed_delivery_carries_the_code(self, phones: Phones) -> None:
        phones.plan(undelivered=1)
        with webhook() as (url, calls):
            send(replace(text(), report_url=url))
            phones.close()
        report = Twilio(account()).parse_report(dict(calls[-1][1]))
        assert (report.kind, report.detail) == (ReportKind.FAILED, "30005")

    def test_a_reply_reaches_the_numbers_webhook(self, phones: Phones) -> None:
        with webhook() as (url, calls):
            order = {"url": url}
            requests.post(
                f"{phones.sandbox.url}/_sandbox/inbound_url", json=order, timeout=5
            ).close()
            reply(phones, "Stop texting me")
            phones.close()
        ((called, form, signature),) = calls
        channel = Twilio(account())
        channel.verify_report(called, form, signature)
        report = channel.parse_report(dict(form))
        assert (report.kind, report.address) == (ReportKind.STOPPED, ANA)

    def test_only_this_accounts_token_signs(self, phones: Phones) -> None:
        with webhook() as (url, calls):
            send(replace(text(), report_url=url))
            phones.close()
        called, form, signature = calls[0]
        good = Twilio(account())
        forged = [
            (Twilio(account(auth_token="another")), called, form, signature),
            (Twilio(account(auth_token="")), called, form, signature),
            (good, called.replace("s=7", "s=8"), form, signature),
            (good, called, [*form, ("MessageStatus", "failed")], signature),
            (good, called, form[1:], signature),
            (good, called, form, ""),
            (good, called, form, "é"),
            (good, called, form, signature[:-2] + "=="),
        ]
        for channel, url, fields, given in forged:
            with pytest.raises(InvalidSignature):
                channel.verify_report(url, fields, given)

    @pytest.mark.parametrize(
        "form",
        [{}, {"MessageSid": "SM1"}, {"MessageSid": "SM1", "Body": "hi"}, {"MessageStatus": "sent"}],
    )
    def test_a_call_that_says_nothing_is_malformed(self, form: dict[str, str]) -> None:
        with pytest.raises(Malformed):
            Twilio(account()).parse_report(form)


def heard(body: str, **more: str) -> ReportKind:
    form = {"MessageSid": "SM1", "From": ANA, "To": twilio.NUMBER, "Body": body} | more
    return Twilio(account()).parse_report(form).kind


class TestWhatPeopleTextBack:
    @pytest.mark.parametrize(
        "body",
        [
            "STOP", " stop. ", "Stop!", "StopAll", "stop all", "UNSUBSCRIBE", "cancel", "End",
            "quit", "REVOKE", "OptOut", "opt out", "opt-out", "ＳＴＯＰ", "stop texting me",
            "Please stop", "pls stop sending these", "Don't text me again", "don’t message me",
            "do not ever contact me", "no more texts", "remove me from your list", "take me off",
            "leave me alone!", "wrong number", "please unsubscribe me", "수신거부",
            "수신 거부 해주세요", "그만 보내세요", "문자 보내지 마세요",
        ],
    )  # fmt: skip
    def test_any_reasonable_wording_stops(self, body: str) -> None:
        assert heard(body) == ReportKind.STOPPED

    @pytest.mark.parametrize("body", ["START", "Unstop", "yes", "Yes!"])
    def test_the_wish_can_be_taken_back(self, body: str) -> None:
        assert heard(body) == ReportKind.STARTED

    @pytest.mark.parametrize(
        "body",
        ["", "Thanks!", "when does it end?", "is it in stock", "yes please", "HELP", "고마워요"],
    )
    def test_other_answers_change_nothing(self, body: str) -> None:
        assert heard(body) == ReportKind.PROGRESS

    def test_the_vendors_own_word_counts(self) -> None:
        assert heard("arrêt", OptOutType="STOP") == ReportKind.STOPPED
        assert heard("ok", OptOutType="START") == ReportKind.STARTED
        assert heard("info", OptOutType="HELP") == ReportKind.PROGRESS


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
