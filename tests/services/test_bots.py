"""A machine's cart is seen, written to never, and in no denominator."""

from __future__ import annotations

from dataclasses import replace

from connector.domain.bots import MOST_CARTS
from connector.domain.people import Person
from connector.models import Cart
from connector.services import installs
from connector.services.desk.figures import figures
from tests.stage import ANA, BEN, Stage

STOREBOT = Person(email="john.smith@storebotmail.joonix.net", first_name="John", country="US")


def counted(stage: Stage) -> tuple[int, int, int, int]:
    with stage.session() as session:
        found = figures(session, stage.store, None)
    return found.seen, found.abandoned, found.nameless, found.bots


def test_a_crawler_gets_no_mail_and_counts_nowhere(stage: Stage) -> None:
    stage.agrees(STOREBOT, "email")
    stage.cart(STOREBOT, "b1")
    stage.cart(ANA, "c1")
    stage.cart(Person(), "c2")
    stage.after(days=2)
    assert {to for _, to in stage.outbox()} == {ANA.email}
    assert counted(stage) == (2, 1, 1, 1)


def test_too_many_carts_of_one_mailbox_in_a_day(stage: Stage) -> None:
    stage.agrees(BEN, "email")
    for number in range(MOST_CARTS + 1):
        stage.cart(BEN, f"c{number}")
    kept = [cart.excluded for cart in stage.rows(Cart)]
    assert [bool(why) for why in kept] == [False] * MOST_CARTS + [True]


def test_a_merchant_may_let_them_in(stage: Stage) -> None:
    with stage.session() as session:
        store = session.get_one(type(stage.store), stage.store.id)
        installs.configure(session, store, {"bots": "let_in"})
    stage.cart(replace(STOREBOT), "b1")
    assert stage.one(Cart).excluded == ""
