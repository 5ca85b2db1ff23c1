"""Requests leave a proof that names nobody, and only what removed the app is erased whole."""

from __future__ import annotations

from datetime import timedelta

from connector.domain.people import Person
from connector.models import PrivacyRequest, ProductView
from connector.ports.events import ErasureAsked, ProductViewed
from tests.stage import ANA, Stage


def test_a_store_that_is_connected_is_never_erased(stage: Stage) -> None:
    """shop/redact comes 48 hours after the removal: by then she may be back."""
    stage.cart(ANA)
    said = stage.tell(ErasureAsked(Person(), (), whole_store=True))
    assert said == ["the store is connected: only one that removed the app is erased"]
    assert stage.contact(ANA.email).erased_at is None
    assert stage.rows(PrivacyRequest) == []


def test_a_request_is_proved_once_however_often_it_comes(stage: Stage) -> None:
    stage.cart(ANA)
    asked = ErasureAsked(ANA, ("1001",), asked_at=stage.now)
    stage.tell(asked)
    stage.set_clock(stage.now + timedelta(hours=2))
    stage.tell(asked)
    row = stage.one(PrivacyRequest)
    assert row.done_at == row.asked_at
    assert (row.report["people"], row.report["carts"]) == (1, 1)
    assert "ana" not in f"{row.reference}{row.report}".lower()


def test_what_she_looked_at_goes_too(stage: Stage) -> None:
    stage.tell(ProductViewed(ANA, "v1", "11", "Enamel mug", stage.now))
    stage.tell(ProductViewed(Person(), "v2", "11", "Enamel mug", stage.now))
    stage.tell(ErasureAsked(ANA, ()))
    assert [view.cart_token for view in stage.rows(ProductView)] == ["v2"]
