"""Mailchimp under the audience contract, and the holes of its SDK that must stay closed."""

from __future__ import annotations

import pytest
import requests
from flask import Flask, Response

from connector.audiences.mailchimp import Mailchimp
from connector.errors import AdapterError, Disconnected, NotSent, OutcomeUnknown
from connector.ports.audience import MemberResult
from connector.sandbox import mailchimp
from connector.sandbox.server import Listener
from tests.contracts.audience import ABANDONED, ANA, BEN, BOUGHT, AudienceContract, Outside, member
from tests.contracts.doors import open_doors

HOST = "us1.api.mailchimp.com"


class Account(Outside):
    def __init__(self) -> None:
        self.sandbox = mailchimp.start()
        self.doors = (f"{HOST}={self.sandbox.door}",)

    def state(self) -> dict[str, object]:
        found: dict[str, object] = requests.get(
            f"{self.sandbox.url}/_sandbox/state", timeout=5
        ).json()
        return found

    def people(self) -> dict[str, tuple[str, list[str]]]:
        members = self.state()["members"]
        assert isinstance(members, list)
        return {m["email"]: (m["status"], m["tags"]) for m in members}

    def post(self, path: str, order: dict[str, object]) -> None:
        requests.post(f"{self.sandbox.url}/_sandbox/{path}", json=order, timeout=5).close()

    def has(self, email: str, status: str) -> None:
        self.post("members", {"email": email, "status": status})

    def ask_to_wait(self) -> None:
        self.post("faults", {"throttle": 1})

    def fail(self) -> None:
        self.post("faults", {"fail_5xx": 1})

    def close(self) -> None:
        self.sandbox.stop()


class TestMailchimp(AudienceContract):
    kind = "mailchimp"

    def start(self) -> Account:
        return Account()

    def account(self) -> dict[str, str]:
        return ACCOUNT

    def wrong_login(self) -> dict[str, str]:
        return {"api_key": "guessed-us1"}

    def test_a_push_takes_two_calls_and_one_for_each_tag(self, outside: Outside) -> None:
        assert isinstance(outside, Account)
        self.audience().push([ANA])  # makes the tag
        self.audience().push([member(1, ANA.email, BOUGHT)])
        before = outside.state()["calls"]
        self.audience().push(
            [member(n, f"p{n}@shopper.example", BOUGHT, without=(ABANDONED,)) for n in range(500)]
        )
        assert isinstance(before, int)
        assert outside.state()["calls"] == before + 4

    def test_a_refused_address_is_her_result_and_nobody_elses(self, outside: Outside) -> None:
        results = self.audience().push([ANA, member(2, "no address", ABANDONED)])
        assert results[0] == MemberResult(1)
        assert "looks fake" in results[1].error
        assert "no address" not in results[1].error

    def test_a_throttle_without_a_body_does_not_disconnect(self, outside: Outside) -> None:
        assert isinstance(outside, Account)
        outside.post("faults", {"forbid_bare": 1})
        with pytest.raises(NotSent):
            self.audience().push([ANA])

    def test_names_are_given_only_to_the_new(self, outside: Outside) -> None:
        assert isinstance(outside, Account)
        self.audience().push([ANA])
        url = f"{outside.sandbox.url}/3.0/lists/{mailchimp.LIST_ID}/members?count=5"
        login = ("any", mailchimp.API_KEY)
        (her,) = requests.get(url, auth=login, timeout=5).json()["members"]
        assert her["merge_fields"] == {"FNAME": "Ana", "LNAME": "Kim"}

    def test_an_audience_that_is_gone_is_told_to_the_merchant(self, outside: Outside) -> None:
        with pytest.raises(Disconnected):
            self.audience(list_id="gone").push([ANA])


ACCOUNT = {"api_key": mailchimp.API_KEY, "list_id": mailchimp.LIST_ID}


@pytest.mark.parametrize(
    "key",
    ["", "abc", "abc-", "abc-us1.evil.example/", "abc-us1\n", "a-b-us1", "abc-US1", "abc-server"],
)
def test_a_key_whose_data_centre_is_none_goes_nowhere(key: str) -> None:
    with open_doors(), pytest.raises(Disconnected):
        Mailchimp(ACCOUNT | {"api_key": key}).push([ANA])


@pytest.mark.parametrize("list_id", ["", "../x", "a/b", "a?b"])
def test_a_list_id_cannot_lead_elsewhere(list_id: str) -> None:
    with open_doors(), pytest.raises(Disconnected):
        Mailchimp(ACCOUNT | {"list_id": list_id}).push([ANA])


def test_the_word_server_in_an_id_stays_as_it_is() -> None:
    audience = mailchimp.start(list_id="myserver1")
    with open_doors(f"{HOST}={audience.door}"):
        assert Mailchimp(ACCOUNT | {"list_id": "myserver1"}).push([BEN]) == [MemberResult(2)]
    audience.stop()


@pytest.mark.parametrize(
    ("status", "body", "kind", "error"),
    [
        (500, "", "", OutcomeUnknown),
        (500, "{}", "application/json", OutcomeUnknown),
        (502, "<html>", "text/html", OutcomeUnknown),
        (200, "<html>", "text/html", OutcomeUnknown),
        (200, '["x"]', "application/json", OutcomeUnknown),
        (302, "", "", OutcomeUnknown),
        (401, '{"detail": "no"}', "application/problem+json", Disconnected),
        (403, '{"detail": "no"}', "application/problem+json", Disconnected),
        (403, "", "", NotSent),
        (404, "{}", "application/json", Disconnected),
        (429, "", "", NotSent),
    ],
)
def test_each_answer_has_its_error(
    status: int, body: str, kind: str, error: type[AdapterError]
) -> None:
    app = Flask("odd")
    headers = {"Content-Type": kind}
    app.add_url_rule(
        "/<path:_any>", view_func=lambda _any: Response(body, status, headers), methods=["POST"]
    )
    odd = Listener(app)
    with open_doors(f"{HOST}={odd.door}"), pytest.raises(error):
        Mailchimp(ACCOUNT).push([ANA])
    odd.stop()


def test_a_refused_batch_is_everybodys_result() -> None:
    app = Flask("strict")
    app.add_url_rule(
        "/<path:_any>",
        view_func=lambda _any: Response('{"detail": "too many"}', 400),
        methods=["POST"],
    )
    strict = Listener(app)
    with open_doors(f"{HOST}={strict.door}"):
        results = Mailchimp(ACCOUNT).push([ANA, BEN])
    assert [result.error for result in results] == ["Mailchimp: too many"] * 2
    strict.stop()
