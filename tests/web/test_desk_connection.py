"""The desk's page on the connection: what was seen, what to do, and a check on request."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from connector.errors import NotSent
from connector.models import Chore, Store
from connector.ports.survey import Note, NoteLevel, Survey
from connector.services.connection import CHECK
from tests.cast import Cast
from tests.fakes import Fakes
from tests.stage import Stage
from tests.web.pages import press, words

SLEEPS = Note("cron", NoteLevel.BROKEN, "The clock <b>sleeps</b>.", "wake it each minute")


def due(stage: Stage) -> bool:
    with stage.session() as session:
        row = session.scalar(select(Chore).where(Chore.kind == CHECK))
        return row is not None and row.due_at is not None and row.begun_at is None


def test_before_the_first_check_the_page_teaches(cast: Cast) -> None:
    page = cast.desk(cast.mina).get("/desk/connection")
    assert page.status_code == 200
    assert "Not looked at yet" in words(page)
    assert "refresh" not in page.text


def test_a_check_is_asked_for_shown_as_under_way_and_then_told(cast: Cast) -> None:
    Fakes.world.survey = Survey("reduced", (SLEEPS,), ("order.created",))
    desk = cast.desk(cast.mina)
    answer = press(desk, "/desk/connection/check")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk/connection")
    waiting = desk.get("/desk/connection").text
    assert "A check is under way" in waiting
    assert '<meta http-equiv="refresh" content="3">' in waiting
    cast.mina.settle()
    page = desk.get("/desk/connection")
    said = words(page)
    assert "Only part of the carts is seen" in said
    assert "Broken The shop's clock" in said
    assert "What to do: wake it each minute" in said
    assert "<b>sleeps</b>" not in page.text
    assert "refresh" not in page.text
    assert "order.created" in said


def test_a_check_that_failed_says_why(cast: Cast) -> None:
    Fakes.world.platform_error = NotSent("the shop is closed")
    desk = cast.desk(cast.mina)
    press(desk, "/desk/connection/check")
    cast.mina.settle()
    assert "came to nothing: the shop is closed" in words(desk.get("/desk/connection"))


def test_a_check_needs_a_form_of_ours(cast: Cast) -> None:
    desk = cast.desk(cast.mina)
    assert desk.post("/desk/connection/check").status_code == 403
    assert cast.app.test_client().post("/desk/connection/check").status_code == 401
    assert not due(cast.mina)


@pytest.mark.parametrize("capture", ["", "full", "reduced"])
def test_every_way_of_capture_has_its_words(cast: Cast, capture: str) -> None:
    with cast.mina.session() as session:
        session.get_one(Store, cast.mina.store.id).capture = capture
    assert cast.desk(cast.mina).get("/desk/connection").status_code == 200
