"""A merchant takes her store off; a month later nothing of it is left."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connector.errors import NotSent
from connector.models import Contact, PrivacyRequest, RequestKind, Store, StoreState
from jobs import connecting
from tests.fakes import FakePlatform
from tests.stage import ANA, Stage


def test_disconnecting_keeps_the_past_for_a_month(stage: Stage) -> None:
    stage.cart(ANA)
    stage.set_clock(stage.now + timedelta(hours=1))
    connecting.disconnect_store(stage.store.id, erase=False)
    store = stage.one(Store)
    assert (store.state, store.credentials) == (StoreState.UNINSTALLED, b"")
    connecting.forget_old_stores()
    assert len(stage.rows(Contact)) == 1
    stage.set_clock(stage.now + connecting.KEPT + timedelta(minutes=1))
    connecting.forget_old_stores()
    connecting.forget_old_stores()
    assert stage.rows(Contact) == []
    assert stage.one(PrivacyRequest).kind is RequestKind.ERASE_STORE


def test_erasing_at_once(stage: Stage) -> None:
    stage.cart(ANA)
    connecting.disconnect_store(stage.store.id, erase=True)
    assert stage.rows(Contact) == []


def test_a_shop_that_does_not_answer_is_cut_off_all_the_same(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(self: FakePlatform, callback_url: str) -> None:
        raise NotSent("the shop is closed")

    monkeypatch.setattr(FakePlatform, "leave", leave)
    connecting.disconnect_store(stage.store.id, erase=False)
    assert stage.one(Store).state is StoreState.UNINSTALLED
