"""Shopify under the contract of all store platforms, and what is Shopify's alone."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any, ClassVar

import pytest

from connector.domain.carts import CartLine
from connector.domain.discounts import DiscountTerms
from connector.domain.money import Money
from connector.errors import Disconnected, NotSent, Refused
from connector.ports.events import OrderCancelled, OrderPlaced, OrderRefunded
from connector.ports.platform import PastKind, StoreAccount, StorePlatform
from connector.sandbox import shopify as sandbox
from connector.signing import sign
from platforms.shopify.adapter import Shopify
from platforms.shopify.operations import ALL
from platforms.shopify.parse import TOPICS
from platforms.shopify.past_documents import document
from tests.contract_data import CONTRACTS, needs_contracts
from tests.contracts.bench import NOW, Bench, terms
from tests.contracts.platform import PlatformContract
from tests.contracts.platform_offers import fixed, free_shipping
from tests.contracts.shopify_care import ShopifyCare, look_after
from tests.contracts.shopify_past import ShopifyPast

OSCAR = StoreAccount(
    domain="oscars-outdoor.myshopify.com",
    currency="USD",
    timezone="America/New_York",
    credentials={"access_token": "shpat_1"},
    storefront="https://oscars-outdoor.example",
)
SCHEMA = CONTRACTS / "shopify" / "admin-2026-10.graphql.gz"


@cache
def schema() -> Any:
    from graphql import build_schema

    with gzip.open(SCHEMA, "rt") as file:
        return build_schema(file.read(), assume_valid=True)


def problems(document: str) -> list[str]:
    """What the Admin schema has against a document, deprecated fields included."""
    from graphql import parse, validate
    from graphql.validation import NoDeprecatedCustomRule, specified_rules

    rules = [*specified_rules, NoDeprecatedCustomRule]
    return [error.message for error in validate(schema(), parse(document), rules)]


def each_kind(bench: Bench) -> list[DiscountTerms]:
    """A code of every kind, and every limit that there is."""
    first = bench.state()["products"][0]
    bench.order(bench.cart())
    customer = str(bench.store.world.shelf.all("customer")[0]["id"])
    return [
        terms(minimum=Money("USD", 5000), customer_id=customer),
        fixed(bench, product_ids=(first["id"],)),
        terms("BACK-GROUP", collection_ids=tuple(first["collections"]), combines=True),
        free_shipping(minimum=Money("USD", 5000), combines=True),
    ]


class TestShopify(PlatformContract, ShopifyCare, ShopifyPast):
    adapter = Shopify
    account = OSCAR
    topics: ClassVar[Sequence[str]] = tuple(TOPICS)
    page_size = 10

    def headers(self, topic: str, body: bytes, secret: str) -> list[tuple[str, str]]:
        return [
            ("X-Shopify-Topic", topic),
            ("X-Shopify-Hmac-Sha256", sign(body, secret)),
            ("X-Shopify-Shop-Domain", "Oscars-Outdoor.myshopify.com"),
            ("X-Shopify-API-Version", "2026-10"),
            ("X-Shopify-Webhook-Id", f"id of {len(body)} {topic}"),
            ("X-Shopify-Event-Id", "98880550-7158-44d4-b7cd-2c97c8a091b5"),
            ("X-Shopify-Triggered-At", "2026-11-22T08:59:58.123456Z"),
        ]

    def from_another_store(self) -> list[tuple[str, bytes]]:
        return [
            ("app/uninstalled", b'{"id":1,"myshopify_domain":"minas.myshopify.com"}'),
            ("app/uninstalled", b'{"id":1,"domain":"MINAS.myshopify.com"}'),
            ("shop/redact", b'{"shop_id":1,"shop_domain":"minas.myshopify.com"}'),
            (
                "customers/redact",
                b'{"shop_domain":"minas.myshopify.com","customer":{"email":"a@b.ex"}}',
            ),
        ]

    def wrong_credentials(self, account: StoreAccount) -> StoreAccount:
        return replace(account, credentials={"access_token": "shpat_2"})

    def subscriptions(self, bench: Bench) -> int:
        return int(bench.state()["subscriptions"])

    def start(self) -> Bench:
        store = sandbox.start(0, None, access_token="shpat_1", client_secret="hush")
        account = replace(OSCAR, storefront=store.url)
        return Bench(Shopify(account), store, "hush")

    def doors(self, bench: Bench) -> str:
        return f"{OSCAR.domain}={bench.store.door}"

    # ------------------------------------------------------------ deliveries

    def test_the_headers_tell_shop_event_and_time(self) -> None:
        webhook = self.deliver()
        assert webhook.shop == OSCAR.domain
        assert webhook.event_id.startswith("98880550")
        assert str(webhook.triggered_at) == "2026-11-22 08:59:58.123456+00:00"

    def test_both_prefixes_are_read(self) -> None:
        short = [(name[2:], value) for name, value in self.headers("carts/create", b"{}", "s1")]
        webhook = Shopify.read_webhook(short, b"{}")
        assert webhook.topic == "carts/create"
        Shopify.verify(webhook, ["s1"])

    @pytest.mark.parametrize("given", ["", "x" * 5000])
    def test_without_a_usable_id_the_body_is_the_key(self, given: str) -> None:
        headers = [("X-Shopify-Topic", "carts/create"), ("X-Shopify-Webhook-Id", given)]
        keys = {Shopify.read_webhook(headers, body).dedup_key for body in (b"1", b"1", b"2")}
        assert len(keys) == 2
        assert all(len(key) == 64 for key in keys)

    # ------------------------------------------------------------ requests

    @needs_contracts
    @pytest.mark.parametrize("operation", ALL, ids=lambda operation: operation.name)
    def test_every_document_is_what_the_schema_allows(self, operation: Any) -> None:
        assert problems(operation.document) == []

    @needs_contracts
    @pytest.mark.parametrize("linked", [True, False])
    @pytest.mark.parametrize("kind", PastKind)
    def test_every_export_is_what_the_schema_allows(self, kind: PastKind, linked: bool) -> None:
        assert problems(document(kind, NOW, linked=linked)) == []

    @needs_contracts
    def test_every_request_and_its_variables_fit_the_schema(self, bench: Bench) -> None:
        from graphql import parse
        from graphql.execution.values import get_variable_values

        shop = bench.platform
        shop.info()
        shop.subscribe(bench.catcher.url, "")
        for wanted in each_kind(bench):
            shop.create_discount(wanted)
        shop.find_discount(terms().code)
        long = [{"product_id": bench.product_id(), "quantity": 1}] * 16
        bench.order(bench.cart(items=long))
        shop.orders_since(bench.store.clock.now() - timedelta(hours=1))
        shop.products([bench.product_id()])
        shop.customer("1", "ana@example.com")
        look_after(bench)
        assert {asked["operationName"] for asked in bench.store.world.requests} == {
            operation.name for operation in ALL
        }
        for asked in bench.store.world.requests:
            (definition,) = parse(asked["query"]).definitions
            given = get_variable_values(
                schema(),
                definition.variable_definitions or (),  # type: ignore[attr-defined]
                asked["variables"],
            )
            assert not isinstance(given, list), (asked["operationName"], given)

    def test_a_token_goes_only_to_a_shop_name(self) -> None:
        for domain in ("evil.example", "x.myshopify.com.evil.example", "x.myshopify.com\n", ""):
            with pytest.raises(Disconnected):
                Shopify(replace(OSCAR, domain=domain)).info()
        for token in ("", "a\nb", "é"):
            with pytest.raises(Disconnected):
                Shopify(replace(OSCAR, credentials={"access_token": token})).info()

    def test_throttling_says_how_long_to_wait(self, bench: Bench) -> None:
        bench.do("faults", throttle=1)
        with pytest.raises(NotSent) as caught:
            bench.platform.orders_since(NOW)
        assert caught.value.after == pytest.approx(0.5, abs=0.1)  # few points lack: the least wait

    def test_an_uninstalled_app_is_disconnected(self, bench: Bench) -> None:
        bench.do("uninstall")
        with pytest.raises(Disconnected):
            bench.platform.info()

    def test_a_cancelled_and_refunded_order_is_told(self, bench: Bench) -> None:
        since = bench.store.clock.now()
        kept, partly, gone = (bench.order(bench.cart(), quiet=True)["order"] for _ in range(3))
        bench.do(f"orders/{partly}/refund", amount="5.00")
        bench.do(f"orders/{gone}/cancel")
        events = bench.platform.orders_since(since)
        placed = {e.order.external_id for e in events if isinstance(e, OrderPlaced)}
        back = {e.order_id: e.refund for e in events if isinstance(e, OrderRefunded)}
        assert placed == {kept, partly}
        assert [e.order_id for e in events if isinstance(e, OrderCancelled)] == [gone]
        assert back[partly] == Money("USD", 500)
        assert back.keys() == {partly, gone}

    def test_a_code_is_bound_to_her_account(self, bench: Bench) -> None:
        bench.order(bench.cart())
        customer = str(bench.store.world.shelf.all("customer")[0]["id"])
        bench.platform.create_discount(terms(customer_id=customer))
        ben = bench.cart(email="ben@example.com", phone="")
        assert "another customer" in bench.order(ben, code=terms().code)["code_reason"]
        assert bench.order(bench.cart(), code=terms().code)["code_accepted"]
        with pytest.raises(Refused):
            bench.platform.create_discount(terms("BACK-NOBODY", customer_id="1"))

    def test_the_shops_tags_are_told_and_a_merged_account_is_found_by_address(
        self, bench: Bench
    ) -> None:
        ana = str(bench.do("customers", email="ana@example.com", tags=["vip", "staff"])["customer"])
        by_id = bench.platform.customer(ana, "")
        assert by_id is not None
        assert by_id.tags == ("vip", "staff")
        assert bench.platform.customer("999999999", "Ana@example.com") == by_id
        bench.do(f"customers/{ana}", tags=[])
        changed = bench.platform.customer(ana, "")
        assert changed is not None
        assert changed.tags == ()

    def test_free_shipping_is_for_the_whole_order(self, bench: Bench) -> None:
        with pytest.raises(Refused, match="whole order"):
            bench.platform.create_discount(free_shipping(product_ids=(bench.product_id(),)))

    def test_a_code_leaves_the_shops_own_free_shipping_alone(self, bench: Bench) -> None:
        """Two discounts go together only if both say so."""
        bench.platform.create_discount(terms())
        bench.platform.create_discount(free_shipping())
        combines = {code["code"]: code["combines"] for code in bench.store.world.shelf.all("code")}
        assert combines == {terms().code: ["SHIPPING"], free_shipping().code: []}

    def test_many_products_are_asked_for_in_calls_that_the_store_allows(self, bench: Bench) -> None:
        numbers = [str(number) for number in range(1, 61)]
        assert bench.platform.products([*numbers, bench.product_id()])
        assert bench.state()["calls"]["Products"] == 5

    def test_only_numbers_go_into_a_permalink(self, offline: StorePlatform) -> None:
        price = Money("USD", 100)
        lines = [
            CartLine("1", "43001", "Tent", 2, price),
            CartLine("2", "1:1,2", "Odd", 1, price),
            CartLine("", "", "Custom", 1, price),
            CartLine("3", "43002", "Mug", 1, price),
        ]
        home = OSCAR.storefront
        assert offline.cart_link(lines, ["A B"]) == f"{home}/cart/43001:2,43002:1?discount=A%20B"
        assert offline.cart_link(lines, []) == f"{home}/cart/43001:2,43002:1"
        two = offline.cart_link(lines, ["A,B", "C"])
        assert two == f"{home}/cart/43001:2,43002:1?discount=A%2CB,C"
        assert offline.cart_link([], ["A", "B"]) == f"{home}/discount/A,B?redirect=/cart"
        bare = Shopify(replace(OSCAR, storefront=""))
        assert bare.cart_link([], []) == f"https://{OSCAR.domain}/cart"

    def test_http_is_owned_only_through_a_door(self, bench: Bench) -> None:
        assert bench.platform.owns_url(f"{bench.store.url}/checkouts/ac/x/recover?key=k")
        assert not bench.platform.owns_url("http://127.0.0.1:1/cart")
        assert not bench.platform.owns_url(f"http://{OSCAR.domain}/cart")
