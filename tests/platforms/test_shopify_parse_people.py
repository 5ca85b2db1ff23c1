"""Consent, orders, and what the law asks for, in Shopify's deliveries."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connector.domain.money import Money
from connector.ports.events import (
    AppUninstalled,
    CartChanged,
    ConsentChanged,
    ConsentState,
    Ignored,
    OrderCancelled,
    OrderPlaced,
)
from connector.ports.platform import RawWebhook
from platforms.shopify.adapter import Shopify
from tests.platforms.shopify_deliveries import NOW, SHOP, checkout, one, order, parse

# ---------------------------------------------------------------- consent


def test_a_phone_typed_at_checkout_is_no_consent() -> None:
    events = parse("checkouts/update", checkout(phone="+12025550143"))
    assert [type(event) for event in events] == [CartChanged]


def test_an_empty_box_says_nothing() -> None:
    body = checkout(buyer_accepts_marketing=False, buyer_accepts_sms_marketing=False)
    assert [type(event) for event in parse("checkouts/update", body)] == [CartChanged]


def test_ticked_boxes_are_a_yes_as_of_the_checkouts_beginning() -> None:
    body = checkout(
        buyer_accepts_marketing=True,
        buyer_accepts_sms_marketing=True,
        sms_marketing_phone="+1 202-555-0143",
    )
    _, consent = parse("checkouts/update", body)
    assert isinstance(consent, ConsentChanged)
    assert {mark.channel for mark in consent.marks} == {"email", "sms"}
    assert {mark.state for mark in consent.marks} == {ConsentState.YES}
    assert {mark.at for mark in consent.marks} == {datetime(2026, 11, 22, 8, 0, tzinfo=UTC)}
    assert consent.person.phone == "+12025550143"


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("subscribed", ConsentState.YES),
        ("SUBSCRIBED", ConsentState.YES),
        ("unsubscribed", ConsentState.NO),
        ("redacted", ConsentState.NO),
        ("invalid", ConsentState.NO),
    ],
)
def test_a_consent_topic_says_yes_or_no(state: str, said: ConsentState) -> None:
    at = "2026-11-22T03:00:00-05:00"
    mail = {
        "customer_id": 7,
        "email_address": "ana@example.com",
        "email_marketing_consent": {"state": state, "consent_updated_at": at},
    }
    event = one("customers_email_marketing_consent/update", mail)
    (mark,) = event.marks
    assert (mark.channel, mark.state) == ("email", said)
    assert mark.at == datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    assert (event.person.email, event.person.customer_id) == ("ana@example.com", "7")
    texts = {"id": 7, "phone": "+12025550143", "sms_marketing_consent": {"state": state}}
    event = one("customers_marketing_consent/update", texts)
    assert (event.marks[0].channel, event.marks[0].at) == ("sms", NOW)
    assert event.person.phone == "+12025550143"


@pytest.mark.parametrize("state", ["pending", "not_subscribed", None, "new_word"])
def test_any_other_state_says_nothing(state: str | None) -> None:
    body = {"id": 7, "sms_marketing_consent": {"state": state}}
    assert isinstance(one("customers_marketing_consent/update", body), Ignored)


# ---------------------------------------------------------------- orders


def test_an_order_is_read_whole() -> None:
    placed = one("orders/create", order()).order
    assert (placed.external_id, placed.name) == ("5500000000001", "#1001")
    assert placed.cart_tokens == ("c0ffee", "ca27")
    assert placed.codes == ("BACK-1",)
    assert placed.total == Money("USD", 49800)
    assert placed.person.email == "ana@example.com"
    assert placed.person.phone == "+12025550143"
    assert placed.person.customer_id == "7"
    assert not placed.test


def test_an_order_that_waits_for_money_is_an_order() -> None:
    for status in ("pending", "authorized", "partially_refunded", None):
        assert isinstance(one("orders/updated", order(financial_status=status)), OrderPlaced)


def test_test_orders_and_orders_without_a_cart_are_told_apart() -> None:
    placed = one("orders/create", order(test=True, cart_token=None, checkout_token=None)).order
    assert placed.test
    assert placed.cart_tokens == ()


def test_a_cancelled_order_is_cancelled_when_it_was() -> None:
    event = one("orders/updated", order(cancelled_at="2026-11-22T03:59:00-05:00"))
    at = datetime(2026, 11, 22, 8, 59, tzinfo=UTC)
    assert event == OrderCancelled("5500000000001", at)


def test_only_money_that_went_back_is_a_refund() -> None:
    moves = [
        {"kind": "refund", "status": "success", "amount": "5.00", "currency": "USD"},
        {"kind": "refund", "status": "failure", "amount": "7.00", "currency": "USD"},
        {"kind": "void", "status": "success", "amount": "9.00", "currency": "USD"},
    ]
    body = {"id": 1, "order_id": 2, "transactions": moves}
    assert one("refunds/create", body).refund == Money("USD", 500)
    assert isinstance(one("refunds/create", {**body, "transactions": moves[1:]}), Ignored)


# ---------------------------------------------------------------- the app and the law


def test_what_has_no_time_happened_when_the_header_says_and_never_later_than_now() -> None:
    earlier = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    later = datetime(2027, 1, 1, tzinfo=UTC)
    webhook = RawWebhook("app/uninstalled", b'{"id": 1}', "", "k", triggered_at=earlier)
    digest = hashlib.sha256(webhook.body).hexdigest()
    assert SHOP.parse(webhook, NOW) == [AppUninstalled(earlier, digest)]
    assert SHOP.parse(replace(webhook, triggered_at=later), NOW) == [AppUninstalled(NOW, digest)]


def test_an_erasure_names_whoever_is_known() -> None:
    body = {"shop_domain": "", "customer": {"id": 7}, "orders_to_redact": [1, 2]}
    asked = one("customers/redact", body)
    assert (asked.person.customer_id, asked.order_ids) == ("7", ("1", "2"))
    nobody = {"shop_domain": "", "customer": {}}
    assert isinstance(one("customers/redact", nobody), Ignored)


def test_a_shops_own_web_address_is_no_other_store() -> None:
    body = {
        "id": 1,
        "domain": "www.oscars.example",
        "myshopify_domain": "oscars-outdoor.myshopify.com",
    }
    assert isinstance(one("app/uninstalled", body), AppUninstalled)


# A shop's name went to another owner: what comes late for the former one names its id.
OF_A_SHOP = [
    ("shop/redact", {"shop_domain": SHOP.account.domain}, "shop_id"),
    ("customers/redact", {"shop_domain": SHOP.account.domain, "customer": {"id": 7}}, "shop_id"),
    (
        "customers/data_request",
        {"shop_domain": SHOP.account.domain, "customer": {"id": 7}, "data_request": {"id": 9}},
        "shop_id",
    ),
    ("app/scopes_update", {"current": ["read_orders"]}, "shop_id"),
    ("app/uninstalled", {"myshopify_domain": SHOP.account.domain}, "id"),
]


@pytest.mark.parametrize(("topic", "body", "field"), OF_A_SHOP, ids=[one[0] for one in OF_A_SHOP])
def test_the_former_owner_s_news_is_not_the_new_one_s(
    topic: str, body: dict[str, object], field: str
) -> None:
    def ignored(shop_id: object, ref: str) -> bool:
        shop = Shopify(replace(SHOP.account, ref=ref))
        said = json.dumps({**body, field: shop_id}).encode()
        (event,) = shop.parse(RawWebhook(topic, said, "", "k"), NOW)
        return event == Ignored("another store's data")

    ours = "gid://shopify/Shop/690933842"
    assert ignored(1, ours)
    assert ignored("gid://shopify/Shop/1", ours)
    assert not ignored(690933842, ours)
    assert not ignored(ours, ours)
    assert not ignored(1, "")  # ours was not told yet: the name alone decides
