"""The past on the desk: nothing, progress, trouble, and what it says."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, update

from connector.models import Chore, Store
from jobs.chores import past as chore
from tests.cast import Cast
from tests.web.pages import form_token, words

DONE = {"read": 7, "kept": 7, "total": 7, "done": True}
TOLD = {"since": "2026-04-10T14:00:00+00:00", "customers": DONE, "products": DONE}


def shows(cast: Cast, **chores: Any) -> str:
    with cast.mina.session() as session:
        chore.ask(session, session.get_one(Store, cast.mina.store.id))
        session.execute(update(Chore).values(**chores))
    return words(cast.desk(cast.mina).get("/desk/past"))


def test_what_could_be_read_is_explained(cast: Cast) -> None:
    page = words(cast.desk(cast.mina).get("/desk/past"))
    assert "can read what happened in your shop before it came" in page
    assert "How far it is" not in page


def test_how_far_it_is(cast: Cast) -> None:
    going = {"read": 250, "kept": 250, "total": 1000, "done": False}
    page = shows(cast, result={**TOLD, "stage": "orders", "orders": going})
    assert "25 % of 1000" in page
    assert "Carts 0 not yet" in page


def test_why_it_waits(cast: Cast) -> None:
    page = shows(cast, result=TOLD, error="the shop is closed", failures=1)
    assert "It waits: the shop is closed." in page


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (
            {"left": 40, "returned": 10, "percent": 25.0},
            "25.0 % came back by themselves. Of 40 carts",
        ),
        ({"left": 4, "returned": 1, "percent": None}, "Not yet known. Only 4 carts"),
    ],
)
def test_what_it_says(cast: Cast, rate: dict[str, Any], said: str) -> None:
    play = [{"flow": "gentle", "entered": 1, "sent": {"email": 2}, "codes": 1, "cost_micros": 0}]
    told = {**TOLD, **rate, "stage": "done", "play": play}
    page = shows(cast, result=told, due_at=None, done_at=func.clock_timestamp())
    assert said in page
    assert "1 person would have entered; 2 e-mails would have left, with 1 code" in page


def test_it_is_read_again_at_a_chosen_depth(cast: Cast) -> None:
    desk = cast.desk(cast.mina)
    form = {"form_token": form_token(desk)}
    assert desk.post("/desk/past", data={**form, "days": "7000"}).status_code == 400
    assert desk.post("/desk/past", data={**form, "days": "365"}).status_code == 303
    cursor = cast.mina.one(Chore).cursor
    assert cursor["stage"] == "customers"
    depth = cast.mina.store.installed_at.fromisoformat(cursor["since"])
    assert (cast.mina.store.installed_at - depth).days == 365
