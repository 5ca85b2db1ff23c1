"""Webhooks under the outlet contract: signatures as the standard has them, and who is called."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from connector.errors import AdapterError, Disconnected, NotSent, Refused, Scope
from connector.outlets.webhook import Webhook
from connector.ports.outlet import Notice
from connector.sandbox import outlets
from connector.sandbox.outlets import WEBHOOK_SECRET
from connector.signing import sign_webhook, webhook_key
from tests.contracts.doors import open_doors
from tests.contracts.outlet import AT, KEY, OutletContract, Place

OTHER_SECRET = "whsec_" + base64.b64encode(b"o" * 64).decode()


class Software(Place):
    name = "webhook"

    @property
    def target(self) -> str:
        return self.sandbox.webhook_url

    def webhooks(self) -> list[dict[str, Any]]:
        found = requests.get(f"{self.sandbox.url}/_sandbox/state", timeout=5).json()
        webhooks: list[dict[str, Any]] = found["webhooks"]
        return webhooks

    def received(self) -> list[str]:
        return [webhook["body"] for webhook in self.webhooks()]


class TestWebhook(OutletContract):
    kind = "webhook"

    def start(self) -> Software:
        return Software()

    def account(self) -> dict[str, str]:
        return {"secret": WEBHOOK_SECRET}

    def wrong_account(self) -> dict[str, str]:
        return {"secret": "whsec_short"}


@pytest.fixture
def software() -> Iterator[Software]:
    started = Software()
    with open_doors(*started.doors):
        yield started
    started.close()


def tell(target: str, body: dict[str, Any] | None = None, **account: str) -> None:
    notice = Notice(KEY, AT, "", body or {"type": "cart.abandoned"}, target)
    Webhook({"secret": WEBHOOK_SECRET} | account).deliver(notice)


class TestTheStandard:
    def test_its_own_example_has_its_own_signature(self) -> None:
        signature = sign_webhook(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            b'{"test": 2432232314}',
            ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        )
        assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    @pytest.mark.parametrize("size", [24, 32, 64])
    def test_a_secret_of_24_to_64_bytes_is_one(self, size: int) -> None:
        assert webhook_key("whsec_" + base64.b64encode(b"k" * size).decode()) == b"k" * size

    @pytest.mark.parametrize(
        "secret",
        [
            "",
            "whsec_",
            "whsec_" + base64.b64encode(b"k" * 23).decode(),
            "whsec_" + base64.b64encode(b"k" * 65).decode(),
            base64.b64encode(b"k" * 32).decode(),
            "whsec_" + "é" * 40,
            WEBHOOK_SECRET + "\n",
            "whsec_" + WEBHOOK_SECRET,
        ],
    )
    def test_anything_else_is_none_and_signs_nothing(self, software: Software, secret: str) -> None:
        with pytest.raises(Disconnected) as disconnected:
            tell(software.target, secret=secret)
        assert "24 to 64 bytes" in str(disconnected.value)
        assert secret in {"", "whsec_"} or secret not in str(disconnected.value)
        assert software.received() == []

    def test_the_id_stays_over_all_tries_and_the_time_is_each_tries_own(
        self, software: Software
    ) -> None:
        software.plan(fail_5xx=1)
        with pytest.raises(NotSent):
            tell(software.target)
        for _ in range(2):
            tell(software.target)
        (webhook,) = software.webhooks()
        assert (webhook["id"], webhook["deliveries"]) == (KEY, 2)

    def test_while_secrets_change_both_sign(self, software: Software) -> None:
        tell(software.target, secret=OTHER_SECRET, old_secret=WEBHOOK_SECRET)
        tell(software.target, secret=WEBHOOK_SECRET, old_secret=OTHER_SECRET)
        tell(software.target, old_secret="")
        assert software.webhooks()[0]["deliveries"] == 3

    def test_a_secret_that_the_other_side_does_not_know_is_refused(
        self, software: Software
    ) -> None:
        with pytest.raises(Refused, match="401"):
            tell(software.target, secret=OTHER_SECRET)
        assert software.received() == []

    def test_the_body_is_the_notices_and_nothing_more(self, software: Software) -> None:
        body = {"type": "cart.abandoned", "data": {"total": "12,000원", "n": 1, "x": None}}
        tell(software.target, body)
        assert json.loads(software.received()[0]) == body

    def test_a_body_of_20_kb_does_not_leave(self, software: Software) -> None:
        tell(software.target, {"x": "y" * (19_999 - len('{"x":""}'))})
        for body in ({"x": "y" * 20_000}, {"x": "원" * 7_000}):
            with pytest.raises(Refused):
                tell(software.target, body)
        assert len(software.received()) == 1

    @pytest.mark.parametrize("value", [float("nan"), object()])
    def test_what_is_no_json_does_not_leave(self, software: Software, value: object) -> None:
        with pytest.raises(Refused):
            tell(software.target, {"x": value})


class TestAnswers:
    @pytest.mark.parametrize("status", [200, 201, 202, 299])
    def test_any_2xx_is_done(self, software: Software, status: int) -> None:
        software.plan(status=status)
        tell(software.target)

    @pytest.mark.parametrize(
        ("status", "error"),
        [
            (301, Refused),
            (302, Refused),
            (304, Refused),
            (307, Refused),
            (400, Refused),
            (401, Refused),
            (403, Refused),
            (404, Refused),
            (422, Refused),
            (408, NotSent),
            (425, NotSent),
            (429, NotSent),
            (500, NotSent),
            (502, NotSent),
            (503, NotSent),
        ],
    )
    def test_each_status_has_its_error(
        self, software: Software, status: int, error: type[AdapterError]
    ) -> None:
        software.plan(status=status)
        with pytest.raises(error, match=str(status)) as raised:
            tell(software.target)
        if isinstance(raised.value, Refused):
            assert raised.value.scope == Scope.MESSAGE
        assert software.received() == []

    def test_gone_means_never_this_address_again(self, software: Software) -> None:
        software.plan(gone=1)
        with pytest.raises(Refused, match="asked for no more") as refused:
            tell(software.target)
        assert refused.value.scope == Scope.ADDRESS

    def test_an_endless_answer_is_not_read_to_its_end(self, software: Software) -> None:
        software.plan(answer_mb=6)
        with pytest.raises(NotSent):
            tell(software.target)
        software.plan(answer_mb=1)
        tell(software.target)


@pytest.mark.parametrize(
    "target",
    [
        "",
        "shop.example/hook",
        "//shop.example/hook",
        "https://",
        "https:///hook",
        "https://[::1",
        "ftp://shop.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://93.184.216.34/hook",
        "https://93.184.216.34:22/hook",
        "https://93.184.216.34:99999/hook",
        "https://user:word@93.184.216.34/hook",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://127。0。0。1/",
        "https://localhost/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://0.0.0.0/",
        "https://10.0.0.1/",
        "https://192.168.0.1:8443/",
        "https://169.254.169.254/latest/meta-data/",
        "https://" + "a" * 70 + ".example/",
        "https://a..example/",
        "https://.example/",
        "https://sh op.example/",
        "https://shop.example\r\nX: y/",
    ],
)
def test_only_public_https_addresses_are_called(software: Software, target: str) -> None:
    with pytest.raises(Refused) as refused:
        tell(target)
    assert refused.value.scope == Scope.ADDRESS
    assert software.received() == []


class TestTheSandboxesMerchant:
    """The stand-in checks as a merchant would: else it would prove nothing."""

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({}, 204),
            ({"webhook-id": ""}, 400),
            ({"webhook-timestamp": "soon"}, 400),
            ({"webhook-signature": ""}, 400),
            ({"webhook-id": "another"}, 401),
            ({"webhook-timestamp": "1614265330"}, 401),
            ({"webhook-timestamp": "99999999999"}, 401),
            ({"webhook-signature": "v1,AAAA"}, 401),
            ({"webhook-signature": "v1,é v1 ,"}, 401),
        ],
    )
    def test_what_is_not_true_is_not_taken(
        self, software: Software, headers: dict[str, str], status: int
    ) -> None:
        notice = Notice(KEY, AT, "", {"a": 1}, "")
        body = b'{"a":1}'
        true = Webhook({"secret": WEBHOOK_SECRET})._headers(notice.key, body)
        encoded = {name: value.encode() for name, value in (true | headers).items()}
        answer = requests.post(software.target, data=body, headers=encoded, timeout=5)
        assert answer.status_code == status
        assert len(software.received()) == (status == 204)

    def test_it_forgets_nothing_and_runs_nothing(self, tmp_path: Path) -> None:
        hostile = "<script>alert(1)</script>{{7*7}}"
        for count in (1, 2):
            sandbox = outlets.start(folder=tmp_path)
            with open_doors(sandbox.door):
                notice = Notice(KEY, AT, "", {"x": hostile}, sandbox.webhook_url)
                Webhook({"secret": WEBHOOK_SECRET}).deliver(notice)
                Webhook({"secret": WEBHOOK_SECRET}).deliver(replace(notice, key=f"k{count}"))
            page = requests.get(sandbox.url, timeout=5).text
            state = requests.get(f"{sandbox.url}/_sandbox/state", timeout=5).json()
            sandbox.stop()
            assert [w["id"] for w in state["webhooks"]] == [KEY, "k1", "k2"][: count + 1]
            assert state["webhooks"][0]["deliveries"] == count
            assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in page
            assert "<script" not in page
