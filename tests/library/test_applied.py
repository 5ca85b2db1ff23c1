"""The library's flows can be switched on as they are, in a shop of either platform."""

from __future__ import annotations

import pytest

from connector.domain.flows import FlowError
from connector.services import flow_texts
from jobs import flow_means
from jobs.runtime import runtime
from tests.library.pictures import NEW_YORK, SEOUL, Place
from tests.library.shops import SHOPS
from tests.library.test_library import KEYS
from tests.library.town import OPENED, Town

IN_DOLLARS = {"smsbump"}  # it asks what somebody spent, which an amount in won is not


def applied(town: Town, kind: str, place: Place, text: str) -> flow_texts.Applied:
    """What applying a text does in a shop with accounts for mail and texts."""
    store = town.shop(kind, place)[1]
    with runtime().sessions.store(store.id) as session:
        means = flow_means.of_store(session, store)
        return flow_texts.apply(session, store, text, means, OPENED)


@pytest.mark.parametrize("place", [NEW_YORK, SEOUL], ids=lambda place: place.currency)
@pytest.mark.parametrize("kind", SHOPS)
def test_the_library_fits_a_shop_as_it_is(town: Town, kind: str, place: Place) -> None:
    for key in KEYS:
        if key in IN_DOLLARS and place.currency != "USD":
            continue
        done = applied(town, kind, place, flow_texts.library_text(key))
        assert (done.flow.key, done.version) == (key, 1)
        assert all(one.warning for one in done.problems)


@pytest.mark.parametrize("kind", SHOPS)
def test_what_is_in_dollars_is_refused_in_won_with_its_mend(town: Town, kind: str) -> None:
    text = flow_texts.library_text("smsbump")
    with pytest.raises(FlowError) as refused:
        applied(town, kind, SEOUL, text)
    (problem,) = refused.value.problems
    line = next(n for n, row in enumerate(text.splitlines(), 1) if "total_spent" in row)
    assert problem.line == line
    assert "KRW" in problem.mend
    mended = text.replace("at_least: 500, currency: USD", "at_least: 650000, currency: KRW")
    assert applied(town, kind, SEOUL, mended).created
