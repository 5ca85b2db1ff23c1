"""SMTP under the channel contract, and what only SMTP can get wrong."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes, policy

import pytest
import requests

from connector.channels.smtp.mail import compose
from connector.errors import Refused, Scope
from connector.ports.channel import Outgoing
from connector.sandbox import mail
from tests.contracts.channel import ChannelContract, Vendor

SENDER = "hello@oscar.example"


class MailServer(Vendor):
    def __init__(self) -> None:
        self.catcher = mail.start(username="oscar", password="s3cret")
        self.doors = (self.catcher.door,)
        self.closed = False

    def received(self) -> list[str]:
        mails = requests.get(f"{self.catcher.url}/_sandbox/mails", timeout=5).json()
        return [f"{one['subject']}\n{one['text']}\n{one['html']}" for one in mails]

    def plan(self, **faults: float) -> None:
        requests.post(f"{self.catcher.url}/_sandbox/faults", json=faults, timeout=5).close()

    def refuse_the_address(self) -> None:
        self.plan(refuse_rcpt=550)

    def refuse_the_text(self) -> None:
        self.plan(refuse_data=554)

    def ask_to_wait(self) -> None:
        self.plan(refuse_rcpt=451)

    def fall_silent(self) -> None:
        self.plan(hang_after_data_s=1)

    def go_away(self) -> None:
        self.close()

    def close(self) -> None:
        if not self.closed:
            self.catcher.stop()
        self.closed = True


class TestSmtp(ChannelContract):
    kind = "smtp"
    to = "ana@shopper.example"

    def start(self) -> MailServer:
        return MailServer()

    def account(self, vendor: Vendor) -> dict[str, str]:
        host, port = vendor.doors[0].split(":")
        return {
            "host": host,
            "port": port,
            "security": "none",
            "username": "oscar",
            "password": "s3cret",
            "sender_email": SENDER,
        }

    def wrong_login(self) -> dict[str, str]:
        return {"password": "guessed"}


def outgoing(**fields: str) -> Outgoing:
    base = Outgoing(
        key="0197f0a2-5c1e-7aaa-8bbb-0123456789ab",
        to="ana@shopper.example",
        text="hello",
        sender_name="Mina",
        subject="Your cart",
        html="<p>hello</p>",
        unsubscribe_url="https://go.example/u/" + "A" * 150,
    )
    return replace(base, **fields)  # type: ignore[arg-type]


class TestTheMailItself:
    def test_the_unsubscribe_headers_are_unbroken_on_the_wire(self) -> None:
        raw = compose(outgoing(), SENDER).payload
        assert b"\r\nList-Unsubscribe: <https://go.example/u/" + b"A" * 150 + b">\r\n" in raw
        assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw

    def test_a_transactional_mail_has_no_unsubscribe_headers(self) -> None:
        assert b"List-Unsubscribe" not in compose(outgoing(unsubscribe_url=""), SENDER).payload

    def test_a_long_korean_subject_is_folded_as_the_rfcs_ask(self) -> None:
        subject = "(광고) 담아 두신 상품이 기다리고 있어요 " * 6
        raw = compose(
            outgoing(subject=subject, sender_name='미나 상점, 서울 "본점"', text="한국어 " * 400),
            SENDER,
        ).payload
        assert all(len(word) <= 75 for word in re.findall(rb"=\?utf-8\?[^?]+\?[^?]*\?=", raw))
        assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
        assert raw.isascii()
        parsed = message_from_bytes(raw, policy=policy.default)
        assert str(parsed["Subject"]) == subject.strip()
        assert parsed["From"].addresses[0].display_name == '미나 상점, 서울 "본점"'
        assert parsed["From"].addresses[0].addr_spec == SENDER

    @pytest.mark.parametrize("breaking", ["\r\n", "\n", "\r", "\x00", "\x0b", "\x85", "\u2028"])
    def test_nobody_adds_a_header_or_a_recipient(self, breaking: str) -> None:
        evil = f"Hi{breaking}Bcc: victim@shopper.example{breaking}{breaking}body"
        made = compose(outgoing(subject=evil, sender_name=evil), SENDER)
        parsed = message_from_bytes(made.payload, policy=policy.default)
        assert "Bcc" not in parsed
        assert parsed["To"].addresses[0].addr_spec == made.recipient
        assert len(parsed["To"].addresses) == len(parsed["From"].addresses) == 1
        assert parsed["From"].addresses[0].addr_spec == SENDER

    @pytest.mark.parametrize(
        "address",
        [
            "a@b.example, c@d.example",
            "a@b.example\r\nRCPT TO:<c@d.example>",
            "<a@b.example>",
            "a\x00@b.example",
            "jürgen@b.example",
            "a..b@c.example",
            f"a@{'x' * 70}.example",
        ],
    )
    def test_what_is_not_one_plain_address_is_refused(self, address: str) -> None:
        with pytest.raises(Refused) as refused:
            compose(outgoing(to=address), SENDER)
        assert refused.value.scope == Scope.ADDRESS

    def test_a_domain_in_another_script_is_reached_by_its_ascii_name(self) -> None:
        assert compose(outgoing(to="a@bücher.example"), SENDER).recipient.endswith(
            "@xn--bcher-kva.example"
        )

    def test_the_message_id_is_made_of_our_key(self) -> None:
        made = compose(outgoing(), SENDER)
        assert made.message_id == "<0197f0a2-5c1e-7aaa-8bbb-0123456789ab@oscar.example>"
