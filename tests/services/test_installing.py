"""A state is good for one browser, ten minutes and one use."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from connector.install_state import Pending, States, browser_hash
from connector.models import InstallState
from connector.services import installing
from connector.services.installing import BadState, Why
from connector.session import Sessions

STATES = States(["a-key-for-states-that-is-long-enough-to-be-one"])
SHOP = "oscars.myshopify.com"


def begun(sessions: Sessions) -> Pending:
    with sessions.all_stores() as session:
        signed = installing.begin(session, STATES, "shopify", SHOP, "browser", 7)
        return installing.read(session, STATES, signed, "shopify")


def why(sessions: Sessions, signed: str, platform: str = "shopify") -> Why:
    with sessions.all_stores() as session, pytest.raises(BadState) as caught:
        installing.read(session, STATES, signed, platform)
    return caught.value.why


def test_it_says_what_it_is_for(sessions: Sessions) -> None:
    pending = begun(sessions)
    assert (pending.platform, pending.domain, pending.account_id) == ("shopify", SHOP, 7)
    installing.must_be_of(pending, "browser")


def test_beginning_writes_nothing(sessions: Sessions) -> None:
    begun(sessions)
    with sessions.all_stores() as session:
        assert session.scalars(select(InstallState)).all() == []


def test_another_browser_may_not_end_it(sessions: Sessions) -> None:
    with pytest.raises(BadState) as caught:
        installing.must_be_of(begun(sessions), "another")
    assert caught.value.why is Why.ELSEWHERE


def test_it_runs_out_and_serves_one_platform(sessions: Sessions) -> None:
    with sessions.all_stores() as session:
        late = installing.now(session) - 1
        signed = installing.begin(session, STATES, "shopify", SHOP, "browser")
    assert why(sessions, signed, "woocommerce") is Why.FORGED
    old = STATES.sign(Pending("shopify", SHOP, browser_hash("browser"), late))
    assert why(sessions, old) is Why.LATE
    assert why(sessions, signed + "A") is Why.FORGED


def test_of_two_at_once_one_spends_it(sessions: Sessions) -> None:
    pending = begun(sessions)

    def spend(_: int) -> str:
        try:
            with sessions.all_stores() as session:
                installing.spend(session, pending)
        except BadState as error:
            return error.why
        return "won"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(spend, range(8))) == [*[Why.SPENT] * 7, "won"]


def test_what_became_of_it_is_found_and_forgotten_later(sessions: Sessions) -> None:
    pending = begun(sessions)
    with sessions.all_stores() as session:
        row_id = installing.spend(session, pending)
    with sessions.all_stores() as session:
        installing.settle(session, row_id, "the store did not answer")
    with sessions.all_stores() as session:
        row = installing.found(session, pending)
        assert row is not None
        assert row.outcome == "the store did not answer"
        session.execute(text("update install_states set at = at - interval '2 days'"))
        installing.spend(session, begun(sessions))
        session.expire_all()
        assert installing.found(session, pending) is None
