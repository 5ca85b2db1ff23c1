"""Coming back and unsubscribing, over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from connector.app import create_app
from connector.models import Click, LinkPurpose, Message, Suppression
from connector.services import links
from tests.fakes import Fakes
from tests.stage import ANA, Stage

PERSON = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/605.1"}


@pytest.fixture
def client(stage: Stage) -> FlaskClient:
    """A shopper's browser; Ana had her reminder and her text with a code."""
    stage.agrees(ANA, "email", "sms")
    stage.cart(ANA)
    stage.after(hours=26)
    return create_app().test_client()


def token(stage: Stage, step: str, purpose: LinkPurpose) -> str:
    """The token in the message of a step."""
    message = next(m for m in stage.rows(Message) if m.step_id == step)
    with stage.session() as session:
        return links.issue(session, message, purpose, stage.now)


def test_the_reminder_leads_to_the_store_s_own_recovery_page(
    stage: Stage, client: FlaskClient
) -> None:
    answer = client.get(f"/r/{token(stage, 'reminder', LinkPurpose.RECOVER)}", headers=PERSON)
    assert answer.status_code == 302
    assert answer.headers["Location"] == "https://shop.example/recover/c1"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert stage.one(Click).human


def test_the_offer_leads_to_the_cart_with_its_code(stage: Stage, client: FlaskClient) -> None:
    answer = client.get(f"/r/{token(stage, 'offer', LinkPurpose.RECOVER)}", headers=PERSON)
    (code,) = Fakes.world.made
    assert answer.headers["Location"] == f"https://shop.example/cart/111:2?discount={code}"


def test_a_code_that_is_over_is_not_promised_again(stage: Stage, client: FlaskClient) -> None:
    offer = token(stage, "offer", LinkPurpose.RECOVER)
    stage.set_clock(stage.now + timedelta(hours=49))
    answer = client.get(f"/r/{offer}", headers=PERSON)
    assert answer.headers["Location"] == "https://shop.example/recover/c1"


def test_a_link_never_leads_out_of_its_store(stage: Stage, client: FlaskClient) -> None:
    stage.set_clock(stage.now + timedelta(minutes=1))
    for url in ("https://evil.example/x", "//evil.example", "javascript:alert(1)"):
        stage.cart(ANA, recovery_url=url, source_at=stage.now)
        stage.set_clock(stage.now + timedelta(minutes=1))
        answer = client.get(f"/r/{token(stage, 'reminder', LinkPurpose.RECOVER)}", headers=PERSON)
        assert answer.headers["Location"].startswith("https://shop.example/")


@pytest.mark.parametrize("agent", ["", "Googlebot/2.1", "curl/8.5", "Barracuda Link scanner"])
def test_a_scanner_s_click_is_marked_as_one(stage: Stage, client: FlaskClient, agent: str) -> None:
    client.get(f"/r/{token(stage, 'reminder', LinkPurpose.RECOVER)}", headers={"User-Agent": agent})
    assert not stage.one(Click).human


def test_unknown_foreign_and_expired_links_look_alike(stage: Stage, client: FlaskClient) -> None:
    recover = token(stage, "reminder", LinkPurpose.RECOVER)
    stop = token(stage, "reminder", LinkPurpose.UNSUBSCRIBE)
    pages = [
        client.get(path, headers=PERSON)
        for path in (f"/r/{'A' * 22}", f"/r/{stop}", f"/u/{recover}", "/r/x", f"/u/{'é' * 22}")
    ]
    assert {page.status_code for page in pages} == {404}
    assert len({page.data for page in pages}) == 1
    stage.set_clock(stage.now + timedelta(days=31))
    assert client.get(f"/r/{recover}", headers=PERSON).data == pages[0].data
    assert client.get(f"/u/{stop}", headers=PERSON).status_code == 200  # this one never expires


def test_looking_at_the_unsubscribe_page_changes_nothing(stage: Stage, client: FlaskClient) -> None:
    stop = token(stage, "reminder", LinkPurpose.UNSUBSCRIBE)
    page = client.get(f"/u/{stop}", headers=PERSON)
    assert b"<button" in page.data
    assert stage.rows(Suppression) == []


def test_one_click_unsubscribes_without_cookie_login_or_token(
    stage: Stage, client: FlaskClient
) -> None:
    stop = token(stage, "reminder", LinkPurpose.UNSUBSCRIBE)
    for _ in range(2):
        answer = client.post(f"/u/{stop}", data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert stage.one(Suppression).reason == "unsubscribed"


def test_no_page_may_be_framed_and_no_link_sets_a_cookie(stage: Stage, client: FlaskClient) -> None:
    paths = (f"/r/{token(stage, 'reminder', LinkPurpose.RECOVER)}", "/u/x", "/nowhere", "/healthz")
    for path in paths:
        answer = client.get(path, headers=PERSON)
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in answer.headers
