"""Asking for one's data and being forgotten: on the desk, and by the shop's own tools."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from connector import clock, signing
from connector.models import Contact, PrivacyRequest, Store, Webhook
from connector.ports.events import DataAsked
from connector.session import Sessions
from jobs.adapters import webhook_secrets
from jobs.runtime import runtime
from jobs.webhooks import process_webhooks
from tests.cast import Cast
from tests.stage import ANA
from tests.web.pages import form_token, press, words

LABEL = "Who she is"


def labels(answer: TestResponse) -> list[str]:
    return [group["label"] for group in json.loads(answer.data)["groups"]]


def send(desk: FlaskClient, **form: str) -> TestResponse:
    return desk.post("/desk/privacy", data={"form_token": form_token(desk), **form})


def test_nobody_asked_is_explained(cast: Cast) -> None:
    page = words(cast.desk(cast.mina).get("/desk/privacy"))
    assert "Nobody has asked yet" in page


def test_a_request_of_the_platform_is_ready_as_a_file(played: Cast) -> None:
    who = next(row for row in played.mina.rows(Contact) if row.email)
    played.mina.tell(DataAsked(who.person, (), "42", played.mina.now))
    request = played.mina.one(PrivacyRequest)
    assert request.done_at == request.asked_at
    desk = played.desk(played.mina)
    answer = press(desk, f"/desk/privacy/{request.id}/export")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "no-store"
    assert who.email in answer.text
    assert LABEL in labels(answer)
    assert played.mina.one(PrivacyRequest).report["handed out"]


def test_an_old_request_gives_no_file(played: Cast) -> None:
    played.mina.tell(DataAsked(ANA, (), "42", played.mina.now - timedelta(days=31)))
    request = played.mina.one(PrivacyRequest)
    desk = played.desk(played.mina)
    assert press(desk, f"/desk/privacy/{request.id}/export").status_code == 404
    assert "Download" not in desk.get("/desk/privacy").text


def test_forgetting_is_asked_twice(played: Cast) -> None:
    who = next(row for row in played.mina.rows(Contact) if row.email)
    desk = played.desk(played.mina)
    page = send(desk, email=who.email, what="erase")
    assert "cannot be undone" in words(page)
    assert played.mina.rows(PrivacyRequest) == []
    assert send(desk, email=who.email, what="erase", sure=who.email).status_code == 303
    assert played.mina.one(PrivacyRequest).report["people"] == 1
    gone = next(row for row in played.mina.rows(Contact) if row.id == who.id)
    assert (gone.email, gone.erased_at is not None) == ("", True)


def test_what_is_no_address_is_said_so(cast: Cast) -> None:
    page = send(cast.desk(cast.mina), email="mina", what="export")
    assert "That is no e-mail address" in words(page)
    assert cast.mina.rows(PrivacyRequest) == []


class Call:
    """WordPress asks through the shop plugin."""

    def __init__(self, store: Store, client: FlaskClient) -> None:
        self._path = f"/hooks/woocommerce/{store.public_id}/privacy"
        self._secret = webhook_secrets(runtime().vault, store)[0]
        self._client = client

    def __call__(
        self, *, secret: str = "", at: datetime | None = None, **body: str
    ) -> TestResponse:
        said = {"id": "r1", "asked_gmt": f"{at or clock.now():%Y-%m-%dT%H:%M:%S}", **body}
        raw = json.dumps(said).encode()
        signature = signing.sign(raw, secret or self._secret)
        headers = {"X-WC-Webhook-Signature": signature}
        return self._client.post(self._path, data=raw, headers=headers)


def test_disconnecting_ends_everything_and_the_session(played: Cast) -> None:
    desk = played.desk(played.mina)
    assert "30 days" in words(desk.get("/desk/disconnect"))
    form = {"form_token": form_token(desk)}
    assert desk.post("/desk/disconnect", data=form).status_code == 400
    assert desk.post("/desk/disconnect", data={**form, "data": "erase"}).status_code == 400
    page = desk.post("/desk/disconnect", data={**form, "data": "erase", "sure": "yes"})
    assert "All data of the store is erased" in words(page)
    assert desk.get("/desk/").status_code == 401
    assert played.mina.rows(Contact) == []
    assert played.oscar.rows(Contact) != []


@pytest.fixture
def call(mina: Store, client: FlaskClient) -> Call:
    return Call(mina, client)


def test_wordpress_exports_nothing_of_a_stranger(call: Call) -> None:
    answer = call(kind="export", email="nobody@example.com")
    assert (answer.status_code, answer.get_json()) == (200, {"groups": []})


def test_wordpress_erases_when_it_is_on_disk(call: Call, service: Sessions, mina: Store) -> None:
    assert call(kind="erase", email="ana@example.com").status_code == 202
    assert call(kind="erase", email="ana@example.com").status_code == 202
    with service.store(mina.id) as session:
        (row,) = session.query(Webhook).all()
    process_webhooks([(mina.id, row.id)])
    with service.store(mina.id) as session:
        (request,) = session.query(PrivacyRequest).all()
        (kept,) = session.query(Webhook).all()
    assert (request.reference, request.kind, kept.body) == ("r1", "erase", None)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "export", "email": "ana@example.com", "secret": "another"}, 401),
        ({"kind": "export", "email": "no address"}, 400),
        ({"kind": "sell", "email": "ana@example.com"}, 400),
        ({"kind": "erase"}, 400),
    ],
)
def test_what_is_no_request_changes_nothing(
    call: Call, service: Sessions, mina: Store, body: dict[str, str], status: int
) -> None:
    assert call(**body).status_code == status  # type: ignore[arg-type]
    with service.store(mina.id) as session:
        assert session.query(Webhook).count() + session.query(PrivacyRequest).count() == 0


def test_a_recorded_export_is_worth_nothing_later(call: Call) -> None:
    old = clock.now() - timedelta(minutes=11)
    assert call(kind="export", email="ana@example.com", at=old).status_code == 400


def test_a_store_that_nobody_knows(client: FlaskClient) -> None:
    assert client.post("/hooks/woocommerce/nobody/privacy", data=b"{}").status_code == 401
