"""What Twilio tells us afterwards: deliveries, failures, and what people text back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import requests
from flask import Flask, Response, request

from connector.channels.twilio import Twilio
from connector.errors import InvalidSignature, Malformed
from connector.ports.channel import ReportKind
from connector.sandbox import twilio
from connector.sandbox.server import Listener
from tests.contracts.test_twilio import ANA, Phones, account, phones, reply, send, text

__all__ = ["phones"]  # the fixture

Call = tuple[str, list[tuple[str, str]], str]  # URL, form, signature


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
