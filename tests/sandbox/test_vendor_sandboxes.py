"""The vendors' sandboxes: true to the vendors' specifications, and they forget nothing."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest
import requests

from connector.audiences.mailchimp import Mailchimp
from connector.channels.twilio import Twilio
from connector.errors import AdapterError
from connector.ports.audience import Member
from connector.ports.channel import Outgoing
from connector.sandbox import mail, mailchimp, twilio
from connector.sandbox.audience import Audience
from connector.sandbox.phone import Network
from connector.sandbox.server import Listener
from tests.contract_data import CONTRACTS, needs_contracts
from tests.contracts.doors import open_doors
from tests.contracts.spec import Checked

TWILIO = {
    "account_sid": twilio.ACCOUNT_SID,
    "auth_token": twilio.AUTH_TOKEN,
    "sender": twilio.NUMBER,
}
MAILCHIMP = {"api_key": mailchimp.API_KEY, "list_id": mailchimp.LIST_ID}
HOSTILE = "<script>alert(1)</script>{{7*7}}"


def text(body: str = "hello", to: str = "+12025550123") -> Outgoing:
    return Outgoing(key="k", to=to, text=body, valid_for_s=600, report_url="https://go.example/t")


@contextmanager
def served(checked: Checked, name: str) -> Iterator[str]:
    listener = Listener(checked)  # type: ignore[arg-type]  # any WSGI application will do
    with open_doors(f"{name}={listener.door}"):
        yield listener.url
    listener.stop()


@needs_contracts
class TestTrueToTheSpecifications:
    def test_twilio(self) -> None:
        network = Network(None, twilio.ACCOUNT_SID, twilio.AUTH_TOKEN)
        spec = CONTRACTS / "twilio" / "twilio_api_v2010.json"
        checked = Checked(spec, twilio.make_app(network), "/2010-04-01")
        with served(checked, "api.twilio.com") as url:
            network.shelf.put("opted out", "+12025550199", {})
            Twilio(TWILIO).send(text())
            Twilio(TWILIO | {"sender": "MG" + "0" * 32}).send(text("(광고) 안녕"))
            listing = f"{url}/2010-04-01/Accounts/{twilio.ACCOUNT_SID}/Messages.json"
            login = (twilio.ACCOUNT_SID, twilio.AUTH_TOKEN)
            found = requests.get(listing, params={"To": "+12025550123"}, auth=login, timeout=5)
            assert len(found.json()["messages"]) == 2
        network.stop()
        assert checked.calls == 3
        assert checked.violations == []

    def test_mailchimp(self) -> None:
        audience = Audience(None, mailchimp.LIST_ID)
        spec = CONTRACTS / "mailchimp" / "mailchimp_marketing.openapi3.json"
        checked = Checked(spec, mailchimp.make_app(audience, mailchimp.API_KEY), "/3.0/")
        with served(checked, "us1.api.mailchimp.com") as url:
            self.play_mailchimp(audience, url)
        audience.shelf.close()
        assert checked.calls > 12
        assert checked.violations == []

    def play_mailchimp(self, audience: Audience, url: str) -> None:
        audience.put("old@shopper.example", "unsubscribed")
        people = [
            Member(1, "old@shopper.example", "", "", frozenset({"a"}), frozenset({"b"})),
            Member(2, "new@shopper.example", "N", "W", frozenset({"b"}), frozenset({"a"})),
            Member(3, "nobody", "", "", frozenset({"a"}), frozenset()),
        ]
        for _ in range(2):
            results = Mailchimp(MAILCHIMP).push(people)
            assert [bool(result.error) for result in results] == [False, False, True]
        one = audience.members()[0]["id"]
        for path in ("ping", "lists/L", "lists/L/members", f"lists/L/members/{one}"):
            here = path.replace("L", mailchimp.LIST_ID)
            login = ("any", mailchimp.API_KEY)
            assert requests.get(f"{url}/3.0/{here}", auth=login, timeout=5).ok
        self.fail_mailchimp(url)

    def fail_mailchimp(self, url: str) -> None:
        requests.post(f"{url}/_sandbox/faults", json={"throttle": 1}, timeout=5).close()
        for account in (MAILCHIMP, MAILCHIMP | {"api_key": "x-us1"}, MAILCHIMP | {"list_id": "x"}):
            with pytest.raises(AdapterError):
                Mailchimp(account).push(
                    [Member(1, "a@b.example", "", "", frozenset(), frozenset())]
                )


class TestTheyForgetNothing:
    def test_texts(self, tmp_path: Path) -> None:
        for count in (1, 2):
            sandbox = twilio.start(folder=tmp_path)
            with open_doors(f"api.twilio.com={sandbox.door}"):
                Twilio(TWILIO).send(Outgoing(key="k", to="+12025550123", text=HOSTILE))
            page = requests.get(sandbox.url, timeout=5)
            state = requests.get(f"{sandbox.url}/_sandbox/state", timeout=5).json()
            sandbox.stop()
            assert len({message["sid"] for message in state["messages"]}) == count
            assert page.text.count("&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}") == count
            assert "<script" not in page.text

    def test_members(self, tmp_path: Path) -> None:
        first = mailchimp.start(folder=tmp_path)
        order = {"email": f"{HOSTILE}@x.example", "status": "subscribed"}
        requests.post(f"{first.url}/_sandbox/members", json=order, timeout=5).close()
        first.stop()
        second = mailchimp.start(folder=tmp_path)
        page = requests.get(second.url, timeout=5).text
        second.stop()
        assert "&lt;script&gt;" in page
        assert "<script" not in page

    def test_mails(self, tmp_path: Path) -> None:
        first = mail.start(folder=tmp_path)
        self.send(first.door)
        first.stop()
        second = mail.start(folder=tmp_path)
        (kept,) = requests.get(f"{second.url}/_sandbox/mails", timeout=5).json()
        pages = [
            requests.get(f"{second.url}{path}", timeout=5) for path in ("/", "/mail/000000001")
        ]
        missing = requests.get(f"{second.url}/mail/9", timeout=5).status_code
        second.stop()
        assert (kept["to"], kept["subject"]) == ("ana@shopper.example", HOSTILE)
        assert kept["headers"]["X-Odd"] == "yes"
        assert kept["html"].strip() == "<h1>안녕</h1><script>alert(1)</script>"
        assert missing == 404
        for page in pages:
            assert "<script" not in page.text
            assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "sandbox=" in pages[1].text
        assert "srcdoc=" in pages[1].text

    def send(self, door: str) -> None:
        message = EmailMessage()
        message["From"], message["To"] = "shop@x.example", "ana@shopper.example"
        message["Subject"], message["X-Odd"] = HOSTILE, "yes"
        message.set_content("plain")
        message.add_alternative("<h1>안녕</h1><script>alert(1)</script>", subtype="html")
        host, port = door.split(":")
        with smtplib.SMTP(host, int(port), timeout=5) as smtp:
            smtp.send_message(message)


def test_magic_numbers_fail_as_twilios_do() -> None:
    sandbox = twilio.start()
    expected = {"+15005550001": "21211", "+15005550009": "21614", "+15005550004": "21610"}
    with open_doors(f"api.twilio.com={sandbox.door}"):
        for number, code in expected.items():
            with pytest.raises(AdapterError, match=code):
                Twilio(TWILIO).send(text(to=number))
    sandbox.stop()


def test_the_clock_can_be_set_and_unknown_faults_are_refused() -> None:
    sandbox = twilio.start()
    at = "2026-11-25T10:00:00+00:00"
    now = requests.post(f"{sandbox.url}/_sandbox/clock", json={"at": at}, timeout=5).json()["now"]
    bad = requests.post(f"{sandbox.url}/_sandbox/faults", json={"typo": 1}, timeout=5)
    sandbox.stop()
    assert now.startswith("2026-11-25T10:00:0")
    assert sandbox.clock.now().isoformat().startswith("2026-11-25T10:00:0")
    assert bad.status_code == 400
