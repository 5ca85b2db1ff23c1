"""Carts that are left alone for their IP address, which is compared once and kept nowhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connector.domain.settings import StoreSettings
from connector.models import Cart, Run
from connector.ports.events import CartChanged
from tests.rehearsal import cast
from tests.stage import ANA, Stage

FLOW = """
key: one
name: One
trigger: checkout_abandoned
steps: [{id: hello, send: {medium: email, template: reminder}}]
"""
OFFICE = {"exclude": {"ips": ["192.0.2.0/24"]}}
INSIDE, OUTSIDE = "192.0.2.9", "198.51.100.1"


@pytest.mark.parametrize(
    ("then", "by"),
    [("", "IP address"), (INSIDE, "IP address"), (OUTSIDE, "")],
)
def test_news_without_an_address_does_not_let_a_cart_in(stage: Stage, then: str, by: str) -> None:
    stage.draws(FLOW)
    stage.configure(**OFFICE)
    stage.cart(ANA, ip=INSIDE)
    stage.after(minutes=5)
    stage.cart(ANA, ip=then)
    stage.after(hours=1)
    assert [cart.excluded for cart in stage.rows(Cart)] == [by]
    assert len(stage.rows(Run)) == (not by)


def test_a_rule_that_is_gone_keeps_no_cart_out(stage: Stage) -> None:
    stage.configure(**OFFICE)
    stage.cart(ANA, ip=INSIDE)
    stage.configure(exclude={})
    stage.after(minutes=5)
    stage.cart(ANA)
    assert [cart.excluded for cart in stage.rows(Cart)] == [""]


@pytest.mark.parametrize(("then", "by"), [("", "IP address"), (OUTSIDE, "")])
def test_the_rehearsal_does_the_same(then: str, by: str) -> None:
    engine = cast.shop(settings=StoreSettings.of(OFFICE))
    for minute, ip in ((0, INSIDE), (5, then)):
        at = cast.NOON + timedelta(minutes=minute)
        engine.tell(CartChanged(replace(cast.cart(cast.MINA, at), ip=ip)), at)
    assert [cart.excluded for cart in engine.carts.values()] == [by]
