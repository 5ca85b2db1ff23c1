"""WooCommerce under the platform contract, and what is its own: OAuth, pages, odd answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from connector import http, signing
from connector.domain.carts import CartLine
from connector.domain.money import Money
from connector.errors import (
    Disconnected,
    InvalidSignature,
)
from connector.ports.events import (
    CartChanged,
    ConsentChanged,
    OrderCancelled,
    OrderFailed,
    OrderPlaced,
    OrderRefunded,
)
from connector.ports.platform import RawWebhook, StoreAccount
from connector.sandbox import woocommerce as sandbox
from platforms.woocommerce.adapter import WooCommerce
from platforms.woocommerce.webhooks import CORE, TOPICS, TYPED
from tests.contracts.bench import Bench, terms
from tests.contracts.platform import PlatformContract
from tests.contracts.platform_offers import free_shipping
from tests.contracts.woocommerce_care import WooCommerceCare
from tests.contracts.woocommerce_past import WooCommercePast

KEYS: dict[str, Any] = {"consumer_key": "ck_1", "consumer_secret": "cs_1"}
SECRET = "webhooksecret"
PUBLIC = "minas-ceramics.example"


def bench_of(public_name: str = "", plugin: bool = True) -> Bench:
    store = sandbox.start(0, None, public_name=public_name, plugin=plugin, **KEYS)
    account = StoreAccount(store.domain, "KRW", "Asia/Seoul", KEYS)
    return Bench(WooCommerce(account), store, SECRET)


class TestWooCommerce(PlatformContract, WooCommerceCare, WooCommercePast):
    adapter = WooCommerce
    account = StoreAccount("https://shop.example", "EUR", "Europe/Berlin", KEYS)
    topics = (
        *TOPICS,
        "customer.deleted",
        "coupon.created",
        "cart.created",
        "action.woocommerce_checkout_update_order_review",
    )
    page_size = 100

    def headers(self, topic: str, body: bytes, secret: str) -> list[tuple[str, str]]:
        resource, _, event = topic.partition(".")
        return [
            ("Content-Type", "application/json"),
            ("X-WC-Webhook-Source", "https://shop.example/"),
            ("X-WC-Webhook-Topic", topic),
            ("X-WC-Webhook-Resource", resource),
            ("X-WC-Webhook-Event", event),
            ("X-WC-Webhook-Signature", signing.sign(body, secret)),
            ("X-WC-Webhook-ID", "7"),
            ("X-WC-Webhook-Delivery-ID", "fd17b1a73bfc82c016e94e92bfcce3de"),
        ]

    def from_another_store(self) -> list[tuple[str, bytes]]:
        places = ("https://evil.example", "https://shop.example.evil.example", "http://x")
        return [
            (topic, json.dumps({"id": 1, "_links": {"self": [{"href": f"{at}/a/1"}]}}).encode())
            for at in places
            for topic in ("order.updated", "order.deleted", "customer.updated", "product.updated")
        ]

    def wrong_credentials(self, account: StoreAccount) -> StoreAccount:
        return replace(account, credentials={**KEYS, "consumer_secret": "cs_2"})

    def subscriptions(self, bench: Bench) -> int:
        return len(bench.state()["subscriptions"])

    def start(self) -> Bench:
        return bench_of()

    def signed_in(self, customer: str) -> dict[str, object]:
        return {"customer_id": int(customer)}

    def test_orders_since_finds_what_no_webhook_told(self, bench: Bench) -> None:
        """Here the order also carries what she said about marketing."""
        since = bench.store.clock.now() - timedelta(minutes=1)
        order = bench.order(bench.cart(), quiet=True)
        placed, said = bench.platform.orders_since(since)
        assert isinstance(placed, OrderPlaced)
        assert placed.order.external_id == order["order"]
        assert placed.order.total == Money.parse(order["total"], "KRW")
        assert isinstance(said, ConsentChanged)
        assert said.person.email == placed.order.person.email == "ana@example.com"


class TestWooCommerceOverHttps(TestWooCommerce):
    """The same store behind its public name: Basic instead of OAuth."""

    def start(self) -> Bench:
        return bench_of(PUBLIC)

    def doors(self, bench: Bench) -> str:
        return f"{PUBLIC}={bench.store.door}"

    def open(self, bench: Bench, link: str) -> requests.Response:
        """No such name exists: her browser goes to the sandbox itself."""
        return requests.get(link.replace(f"https://{PUBLIC}", bench.store.url), timeout=10)

    def test_a_cart_link_rebuilds_the_cart_with_its_code(self, bench: Bench) -> None:
        line = CartLine(bench.product_id(), "", "Celadon teacup", 1, Money("KRW", 24000))
        link = bench.platform.cart_link([line], ["X"])
        assert link.startswith(f"https://{PUBLIC}/checkout-link/?products=11:1&")
        assert bench.platform.owns_url(link)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    bench = bench_of()
    monkeypatch.setenv("CARTWRIGHT_LOOPBACK", bench.store.door)
    http.loopback.cache_clear()
    yield bench
    bench.store.stop()
    bench.catcher.stop()
    http.loopback.cache_clear()


def test_the_wrong_key_is_told_apart_over_http(bench: Bench) -> None:
    account = bench.platform.account
    stranger = WooCommerce(replace(account, credentials={**KEYS, "consumer_key": "ck_2"}))
    with pytest.raises(Disconnected, match="Consumer key is invalid"):
        stranger.find_discount("X")


def test_after_the_merchant_took_the_keys_away_we_are_disconnected(bench: Bench) -> None:
    bench.platform.subscribe(bench.catcher.url, SECRET)
    bench.do("uninstall")
    with pytest.raises(Disconnected):
        bench.platform.orders_since(datetime.now(UTC))
    assert bench.state()["subscriptions"] == []


def test_a_store_without_our_plugin_tells_of_the_classic_form_instead_of_carts() -> None:
    bench = bench_of(plugin=False)
    http.loopback.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARTWRIGHT_LOOPBACK", bench.store.door)
        made = bench.platform.subscribe(bench.catcher.url, SECRET)
    bench.store.stop()
    bench.catcher.stop()
    http.loopback.cache_clear()
    assert made == [*CORE, TYPED]


def test_a_code_is_bound_to_nobody_so_that_a_guest_can_use_its_link(bench: Bench) -> None:
    """Core refuses a restricted code as long as the session has no e-mail."""
    bench.platform.create_discount(terms(email="ana@example.com", customer_id="7"))
    (kept,) = bench.store.state.shelf.all("coupon")
    assert kept["email_restrictions"] == []
    assert (kept["usage_limit"], kept["usage_limit_per_user"]) == (1, 1)
    line = CartLine(bench.product_id(), "", "Celadon teacup", 1, Money("KRW", 24000))
    page = requests.get(bench.platform.cart_link([line], [terms().code]), timeout=5)
    assert "22,800 KRW" in page.text


def test_without_our_plugin_a_link_applies_the_first_code(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = bench_of(plugin=False)
    monkeypatch.setenv("CARTWRIGHT_LOOPBACK", bench.store.door)
    http.loopback.cache_clear()
    for wanted in (terms(combines=True), free_shipping(combines=True)):
        bench.platform.create_discount(wanted)
    line = CartLine(bench.product_id(), "", "Celadon teacup", 1, Money("KRW", 24000))
    link = bench.platform.cart_link([line], [terms().code, free_shipping().code])
    page = requests.get(link, timeout=5)
    assert f"Code {terms().code.lower()}" in page.text
    assert f"Code {free_shipping().code.lower()}" not in page.text
    bench.store.stop()
    bench.catcher.stop()
    http.loopback.cache_clear()


def test_a_disabled_webhook_is_made_anew(bench: Bench) -> None:
    bench.platform.subscribe(bench.catcher.url, SECRET)
    before = {hook["id"] for hook in bench.state()["subscriptions"]}
    bench.catcher.status = 500
    cart = bench.cart()
    for _ in range(6):
        bench.store.drain(10)
        bench.do(f"carts/{cart}", first_name="Ana")
    bench.store.drain(10)
    (broken,) = [h for h in bench.state()["subscriptions"] if h["status"] == "disabled"]
    assert broken["topic"] == "cart.updated"
    made = bench.platform.subscribe(bench.catcher.url, SECRET)
    hooks = bench.state()["subscriptions"]
    assert sorted(made) == sorted(TOPICS)
    assert [hook["status"] for hook in hooks] == ["active"] * len(TOPICS)
    assert len({hook["id"] for hook in hooks} - before) == 1


def test_another_secret_makes_all_webhooks_anew(bench: Bench) -> None:
    bench.platform.subscribe(bench.catcher.url, "old secret")
    bench.platform.subscribe(bench.catcher.url, SECRET)
    assert len(bench.state()["subscriptions"]) == len(TOPICS)
    bench.cart()
    assert any(isinstance(event, CartChanged) for event in bench.events())  # verified with SECRET


def test_the_hello_of_a_new_webhook_is_a_probe(bench: Bench) -> None:
    bench.platform.subscribe(bench.catcher.url, SECRET)
    webhooks = [WooCommerce.read_webhook(headers, body) for headers, body in bench.catcher.got]
    assert [webhook.probe for webhook in webhooks] == [True] * len(TOPICS)
    with pytest.raises(InvalidSignature):
        WooCommerce.verify(webhooks[0], [SECRET, ""])


@pytest.mark.parametrize("body", [b"webhook_id=", b"webhook_id=1&x=2", b"webhook_id=1\n", b"{}"])
def test_only_the_very_hello_is_a_probe(body: bytes) -> None:
    assert not WooCommerce.read_webhook([], body).probe


def test_an_unpaid_order_is_a_cart_until_it_is_paid(bench: Bench) -> None:
    bench.platform.subscribe(bench.catcher.url, SECRET)
    cart = bench.cart()
    order = bench.order(cart, outcome="pending", gateway="paypal")
    waiting = [e.cart for e in bench.events() if isinstance(e, CartChanged)][-1]
    assert (waiting.external_id, waiting.tokens) == (f"order:{order['order']}", (cart,))
    assert bench.platform.owns_url(waiting.recovery_url)
    assert requests.post(waiting.recovery_url, timeout=5).status_code == 200
    (paid,) = [e.order for e in bench.events() if isinstance(e, OrderPlaced)]
    assert set(paid.cart_tokens) == {f"order:{order['order']}", cart}


def test_a_failed_payment_is_told_and_the_retry_is_the_same_order(bench: Bench) -> None:
    bench.platform.subscribe(bench.catcher.url, SECRET)
    cart = bench.cart()
    failed = bench.order(cart, outcome="failed")
    assert any(isinstance(event, OrderFailed) for event in bench.events())
    assert bench.order(cart)["order"] == failed["order"]
    assert {e.order.external_id for e in bench.events() if isinstance(e, OrderPlaced)} == {
        failed["order"]
    }


def test_what_happens_to_an_order_later_comes_in(bench: Bench) -> None:
    bench.platform.subscribe(bench.catcher.url, SECRET)
    refunded, cancelled, trashed = (bench.order(bench.cart())["order"] for _ in range(3))
    bench.do(f"orders/{refunded}/refund", amount="5000")
    bench.do(f"orders/{refunded}/refund", amount=None)
    bench.do(f"orders/{cancelled}/cancel")
    bench.do(f"orders/{trashed}/status", status="trash")
    events = bench.events()
    refunds = {e.refund_id: e.refund for e in events if isinstance(e, OrderRefunded)}
    assert sorted(refunds.values()) == [Money("KRW", 5000), Money("KRW", 43000)]
    gone = {e.order_id for e in events if isinstance(e, OrderCancelled)}
    assert gone == {cancelled, trashed}


def test_one_second_has_one_delivery_id_and_still_many_keys(bench: Bench) -> None:
    bench.platform.subscribe(bench.catcher.url, SECRET)
    cart = bench.cart()
    for name in ("A", "B", "C"):
        bench.store.drain(10)
        bench.do(f"carts/{cart}", first_name=name)
    bench.store.drain(10)
    webhooks = [WooCommerce.read_webhook(headers, body) for headers, body in bench.catcher.got]
    carts = [webhook for webhook in webhooks if webhook.topic == "cart.updated"]
    assert len({webhook.event_id for webhook in carts}) < len(carts)
    assert len({webhook.dedup_key for webhook in carts}) == len(carts) == 4


def test_changes_within_one_second_keep_their_order(bench: Bench) -> None:
    bench.platform.subscribe(bench.catcher.url, SECRET)
    cart = bench.cart()
    bench.store.drain(10)
    bench.do(f"carts/{cart}", first_name="B")
    times = [e.cart.source_at for e in bench.events() if isinstance(e, CartChanged)]
    assert times == sorted(set(times))
    assert len(times) == 2


def test_the_key_of_a_delivery_covers_topic_id_and_body() -> None:
    def key(topic: str, delivery: str, body: bytes) -> str:
        headers = [("X-WC-Webhook-Topic", topic), ("X-WC-Webhook-Delivery-ID", delivery)]
        found: RawWebhook = WooCommerce.read_webhook(headers, body)
        return found.dedup_key

    keys = {key(t, d, b) for t in ("a.b", "c.d") for d in ("1", "2") for b in (b"x", b"y")}
    assert len(keys) == 8
