"""The cast: two stores that must never see each other, two shoppers who know both.

Mina's store (KRW, Asia/Seoul, WooCommerce) and Oscar's (USD, America/New_York, Shopify), with
fakes behind their ports; Ana said yes to e-mail and texts in both, Ben said nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient

from connector.domain.carts import CartLine
from connector.domain.money import Money
from connector.services import desk_keys
from connector.session import Sessions
from tests import factories
from tests.fakes import Fakes
from tests.stage import ANA, BEN, START, Stage

BOWL = CartLine(
    "21",
    "211",
    "달항아리 그릇",
    1,
    Money("KRW", 48000),
    "white",
    image_url="https://minas.example/bowl.jpg",
    product_url="https://minas.example/bowl",
)
TENT = CartLine("11", "111", "Two-person tent", 1, Money("USD", 18900))


@dataclass
class Cast:
    """Both stores, and the app that serves them."""

    mina: Stage
    oscar: Stage
    app: Flask

    def desk(self, stage: Stage) -> FlaskClient:
        """A browser in which the store's merchant is signed in."""
        browser = self.app.test_client()
        answer = browser.post(f"/desk/enter/{link(stage)}")
        assert answer.status_code == 303, answer.text
        return browser


def link(stage: Stage) -> str:
    """The token of a fresh sign-in link."""
    with stage.session() as session:
        return desk_keys.issue(session, stage.store.id, opens_session=False)


def minas_store(sessions: Sessions) -> Stage:
    """Mina's ceramics, on WooCommerce."""
    store = factories.open_store(
        sessions,
        "woocommerce",
        "https://minas.example",
        name="Mina's Ceramics",
        currency="KRW",
        timezone="Asia/Seoul",
        country="KR",
        locale="ko-KR",
    )
    return Stage(sessions, store)


def oscars_store(sessions: Sessions) -> Stage:
    """Oscar's outdoor shop, on Shopify."""
    store = factories.open_store(
        sessions,
        "shopify",
        "oscars.example",
        name="Oscar's Outdoor",
        currency="USD",
        timezone="America/New_York",
        country="US",
        locale="en-US",
    )
    return Stage(sessions, store)


def two_days_at_minas(mina: Stage) -> None:
    """Ana leaves a bowl, hears of it twice, comes back and buys; Ben leaves one unheard."""
    mina.set_clock(START)
    mina.agrees(ANA, "email", "sms")
    mina.cart(ANA, "ana-cart", lines=(BOWL,), total=BOWL.unit_price, locale="ko")
    mina.cart(BEN, "ben-cart", lines=(BOWL,), total=BOWL.unit_price, locale="ko")
    mina.after(hours=26)
    factories.click(mina, step="offer")
    mina.after(minutes=10)
    mina.order(ANA, "7001", total=Money("KRW", 45600), cart_tokens=("ana-cart",))
    mina.after(minutes=5)


def a_morning_at_oscars(oscar: Stage) -> None:
    """Ana leaves a tent; one delivery cannot be read, one message may have left."""
    oscar.set_clock(oscar.now)
    oscar.agrees(ANA, "email")
    oscar.cart(ANA, "oscar-cart", lines=(TENT,), total=TENT.unit_price)
    Fakes.world.answers.append(factories.silence())
    oscar.after(hours=2)
