"""The pages that shoppers see: plain, in the same look, telling what to do."""

from __future__ import annotations

import pytest
from flask import render_template

from connector.models import LinkPurpose, Message
from connector.services import links
from tests.cast import Cast
from tests.web.pages import words


def test_unsubscribing_takes_one_button(played: Cast) -> None:
    message = next(m for m in played.mina.rows(Message) if m.step_id == "offer")
    with played.mina.session() as session:
        token = links.issue(session, message, LinkPurpose.UNSUBSCRIBE, played.mina.now)
    browser = played.app.test_client()
    page = browser.get(f"/u/{token}")
    assert "No more text messages?" in words(page)
    assert page.text.count("<button") == 1
    done = "Mina's Ceramics sends you no more marketing text messages"
    assert done in words(browser.post(f"/u/{token}"))


def test_a_link_that_is_gone_leads_to_the_shop(cast: Cast) -> None:
    with cast.app.test_request_context():
        known = render_template(
            "pages/gone.html", store_name="Mina's Ceramics", store_url="https://minas.example"
        )
        odd = render_template("pages/gone.html", store_name="M", store_url="javascript:alert(1)")
    assert 'href="https://minas.example"' in known
    assert "the shop of Mina's Ceramics" in words(known)
    assert "javascript:" not in odd
    unknown = cast.app.test_client().get("/r/0123456789012345678901")
    assert unknown.status_code == 404
    assert "Please go to the shop that wrote to you" in words(unknown)


@pytest.mark.parametrize("path", ["/nowhere", "/desk/nowhere"])
def test_a_page_that_is_not_there(cast: Cast, path: str) -> None:
    answer = cast.app.test_client().get(path)
    assert answer.status_code == 404
    assert "Nothing is here" in words(answer)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_look_reaches_every_page(cast: Cast) -> None:
    for path in ("/nowhere", "/desk/", "/r/x"):
        assert "/desk/assets/look-" in cast.app.test_client().get(path).text
