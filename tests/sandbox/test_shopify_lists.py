"""The sandbox store's lists: checkouts that were left, people, codes, subscriptions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.contract_data import needs_contracts
from tests.sandbox import shopify_documents as docs
from tests.sandbox.shopify_checked import Checked
from tests.sandbox.shopify_shop import SUBSCRIBE

BEN = {"email": "ben@example.com", "phone": "", "accepts_email": False}


@pytest.fixture
def shop() -> Iterator[Checked]:
    shop = Checked()
    yield shop
    shop.close()


@needs_contracts
@pytest.mark.parametrize("name", docs.ALL)
def test_what_we_ask_here_is_what_the_schema_allows(name: str) -> None:
    assert docs.problems(docs.ALL[name]) == []


# ---------------------------------------------------------------- checkouts that were left


def test_a_checkout_with_a_contact_is_listed_until_it_is_bought(shop: Checked) -> None:
    shop.subscribe("CHECKOUTS_CREATE")
    cart = shop.cart()
    shop.cart(email="", phone="")
    shop.cart(stage="cart")
    (node,) = shop.left()
    ((_, body),) = [one for one in shop.got() if one[1]["email"]]
    assert (node["name"], node["abandonedCheckoutUrl"]) == (
        body["name"],
        body["abandoned_checkout_url"],
    )
    assert node["customer"]["defaultEmailAddress"]["marketingState"] == "SUBSCRIBED"
    assert node["totalPriceSet"]["shopMoney"] == {"amount": "498.00", "currencyCode": "USD"}
    assert node["lineItems"]["nodes"][0]["quantity"] == 2
    shop.later(minutes=30)
    shop.do(f"carts/{cart}/order", outcome="paid")
    assert shop.left("status:open") == shop.left("recovery_state:not_recovered") == []
    assert shop.left("status:closed")[0]["completedAt"]


def test_what_is_bought_at_once_was_never_left(shop: Checked) -> None:
    shop.do(f"carts/{shop.cart()}/order", outcome="paid")
    assert shop.left() == []
    assert shop.get(docs.ABANDONED_COUNT) == {"count": 0, "precision": "EXACT"}


def test_lists_are_filtered_by_time_and_paged_both_ways(shop: Checked) -> None:
    names = []
    for number in range(3):
        shop.cart(email=f"a{number}@example.com")
        names.append(shop.left()[-1]["name"])
        shop.later(hours=1)
    since = (shop.store.clock.now() - timedelta(hours=2, seconds=30)).isoformat()
    assert [one["name"] for one in shop.left(f"updated_at:>='{since}'")] == names[1:]
    assert shop.left(f"updated_at:>='{since}' AND created_at:<2020-01-01") == []
    seen, after = [], None
    for _ in range(3):
        page = shop.get(docs.ABANDONED, first=1, back=True, after=after)
        seen += [one["name"] for one in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert (seen, page["pageInfo"]["hasNextPage"]) == (names[::-1], False)


@pytest.mark.parametrize(
    "wrong",
    [
        "{ abandonedCheckouts(first: 1, sortKey: UPDATED_AT) { nodes { id } } }",
        "{ abandonedCheckouts { nodes { id } } }",
        "{ abandonedCheckouts(first: 251) { nodes { id } } }",
        '{ orders(first: 1, query: "a OR (b)") { nodes { id } } }',
        '{ orders(first: 1, query: "updated_at:>=soon") { nodes { id } } }',
        '{ orders(first: 1, after: "€") { nodes { id } } }',
    ],
)
def test_a_wrong_list_is_an_error_not_an_empty_one(shop: Checked, wrong: str) -> None:
    shop.do(f"carts/{shop.cart()}/order", outcome="paid")
    answer = shop.ask(wrong)
    assert answer["errors"]
    assert "data" not in answer


def test_the_account_of_a_checkout_is_told_of_when_she_buys(shop: Checked) -> None:
    shop.subscribe("CUSTOMERS_CREATE")
    cart = shop.cart(**BEN)
    gid = shop.left()[0]["customer"]["id"]
    assert shop.got() == []
    shop.do(f"carts/{cart}/order", outcome="paid")
    ((_, body),) = shop.got("customers/create")
    assert body["admin_graphql_api_id"] == gid


@pytest.mark.parametrize(("how", "whole"), [("denied", False), ("refused", True)])
def test_an_unapproved_app_gets_no_link(shop: Checked, how: str, whole: bool) -> None:
    shop.subscribe("CHECKOUTS_CREATE")
    shop.do("recovery_url", api=how, webhooks="null")
    shop.cart()
    answer = shop.ask(docs.ABANDONED, first=5, back=False)
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "ACCESS_DENIED"
    assert error["path"] == ["abandonedCheckouts", "nodes", 0, "abandonedCheckoutUrl"]
    assert (answer["data"] is None) is whole
    shop.do("recovery_url", webhooks="missing")
    shop.cart()
    (_, one), (_, two) = shop.got("checkouts/create")
    assert one["abandoned_checkout_url"] is None
    assert "abandoned_checkout_url" not in two
    assert "error" in shop.do("recovery_url", api="typo")


def test_the_shops_own_reminder_is_known_by_its_state(shop: Checked) -> None:
    shop.cart()
    gid = shop.left()[0]["id"]
    assert shop.get(docs.ABANDONMENT, id=gid)["emailState"] == "NOT_SENT"
    shop.do("recovery_mail", hours=10)
    assert shop.get(docs.ABANDONMENT, id=gid)["emailState"] == "SCHEDULED"
    shop.later(hours=11)
    told = shop.get(docs.ABANDONMENT, id=gid)
    assert (told["emailState"], told["customerHasNoOrderSinceAbandonment"]) == ("SENT", True)
    assert told["emailSentAt"]
    assert len(shop.left("email_state:sent")) == 1
    assert shop.left("email_state:not_sent") == []
    assert shop.ask(docs.ABANDONMENT, id=gid + "0")["data"] == {
        "abandonmentByAbandonedCheckoutId": None
    }


# ---------------------------------------------------------------- people and consent


def consent(gid: str, channel: str, state: str, **more: Any) -> dict[str, Any]:
    said = {"marketingState": state, "marketingOptInLevel": "SINGLE_OPT_IN", **more}
    return {"customerId": gid, f"{channel}MarketingConsent": said}


def test_consent_is_written_back_and_told(shop: Checked) -> None:
    shop.subscribe("CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE", "CUSTOMERS_MARKETING_CONSENT_UPDATE")
    shop.do(f"carts/{shop.cart()}/order", outcome="paid")
    (ana,) = shop.get(docs.CUSTOMERS, first=5)["nodes"]
    assert (ana["numberOfOrders"], ana["amountSpent"]["amount"]) == ("1", "498.00")
    assert ana["defaultPhoneNumber"]["smsMarketingConsent"]["state"] == "NEVER_SUBSCRIBED"
    at = "2026-01-02T03:04:05Z"
    told = shop.get(
        docs.EMAIL_CONSENT, input=consent(ana["id"], "email", "UNSUBSCRIBED", consentUpdatedAt=at)
    )
    assert told["customer"]["defaultEmailAddress"] == {
        "marketingState": "UNSUBSCRIBED",
        "marketingOptInLevel": "SINGLE_OPT_IN",
        "marketingUpdatedAt": at,
    }
    assert not shop.get(docs.SMS_CONSENT, input=consent(ana["id"], "sms", "SUBSCRIBED"))[
        "userErrors"
    ]
    (_, body) = shop.got("customers_email_marketing_consent/update")[-1]
    assert body["email_marketing_consent"]["state"] == "unsubscribed"
    ((_, body),) = shop.got("customers_marketing_consent/update")
    assert body["sms_marketing_consent"]["state"] == "subscribed"
    known = shop.get(docs.CUSTOMER_BY_ID, id=ana["id"])
    assert known["defaultPhoneNumber"]["smsMarketingConsent"]["state"] == "SUBSCRIBED"


def test_nonsense_about_consent_changes_nothing(shop: Checked) -> None:
    shop.subscribe("CUSTOMERS_UPDATE")
    shop.do("customers", email="cleo@example.com")
    (cleo,) = shop.get(docs.CUSTOMERS, first=5)["nodes"]
    future = (shop.store.clock.now() + timedelta(days=1)).isoformat()
    for document, given, code in [
        (docs.SMS_CONSENT, consent(cleo["id"], "sms", "SUBSCRIBED"), "INVALID"),
        (docs.EMAIL_CONSENT, consent(cleo["id"], "email", "NOT_SUBSCRIBED"), "INCLUSION"),
        (docs.EMAIL_CONSENT, consent(cleo["id"], "email", "REDACTED"), "INCLUSION"),
        (docs.EMAIL_CONSENT, consent(cleo["id"] + "9", "email", "SUBSCRIBED"), "INVALID"),
        (
            docs.EMAIL_CONSENT,
            consent(cleo["id"], "email", "SUBSCRIBED", consentUpdatedAt=future),
            "INVALID",
        ),
    ]:
        told = shop.get(document, input=given)
        assert (told["customer"], [one["code"] for one in told["userErrors"]]) == (None, [code])
    assert "errors" in shop.ask(docs.EMAIL_CONSENT, input=consent(cleo["id"], "email", "MAYBE"))
    assert shop.got() == []


def test_a_person_tells_the_shop_itself(shop: Checked) -> None:
    shop.subscribe("CUSTOMERS_UPDATE")
    number = shop.do("customers", email="cleo@example.com")["customer"]
    shop.do(f"customers/{number}/consent", channel="email", state="unsubscribed")
    assert len(shop.got("customers/update")) == 1
    since = (shop.store.clock.now() - timedelta(hours=1)).isoformat()
    (cleo,) = shop.get(docs.CUSTOMERS, first=5, query=f"updated_at:>='{since}'")["nodes"]
    assert cleo["defaultEmailAddress"]["marketingState"] == "UNSUBSCRIBED"
    assert shop.get(docs.CUSTOMERS, first=5, query=f"updated_at:<'{since}'")["nodes"] == []


# ---------------------------------------------------------------- codes


def test_a_code_is_ended_by_one_call(shop: Checked) -> None:
    shop.code()
    gid = shop.code_id("BACK-1")
    assert shop.get(docs.DISCOUNTS, query="status:active")[1]["count"] == 1
    code, gone, tent = shop.get(
        docs.CODE_NODES, ids=[gid, gid + "0", "gid://shopify/Product/8001000000001"]
    )
    assert (code["codeDiscount"]["status"], gone) == ("ACTIVE", None)
    assert tent["title"] == "Trail Tent for Two"
    told = shop.get(docs.DEACTIVATE, id=gid)
    assert told["codeDiscountNode"]["codeDiscount"]["status"] == "EXPIRED"
    assert shop.get(docs.DEACTIVATE, id=gid)["userErrors"] == []
    assert shop.get(docs.DISCOUNTS, query="status:active")[1]["count"] == 0
    used = shop.do(f"carts/{shop.cart()}/order", outcome="paid", code="BACK-1")
    assert used["code_reason"] == "This code has expired."
    assert shop.get(docs.DELETE, id=gid)["deletedCodeDiscountId"] == gid
    for document in (docs.DELETE, docs.DEACTIVATE):
        (error,) = shop.get(document, id=gid)["userErrors"]
        assert (error["field"], error["code"]) == (["id"], "INVALID")


def test_many_codes_are_ended_at_once(shop: Checked) -> None:
    for number in range(4):
        shop.code(f"BACK-{number}")
    ids = [shop.code_id("BACK-0"), shop.code_id("BACK-1")]
    job = shop.get(docs.BULK_DEACTIVATE, ids=ids)["job"]
    assert shop.get(docs.JOB, id=job["id"])["done"]
    nodes, count = shop.get(docs.DISCOUNTS, query="status:active title:'run 1'")
    assert ([one["discount"]["codes"]["nodes"][0]["code"] for one in nodes["nodes"]], count) == (
        ["BACK-2", "BACK-3"],
        {"count": 2, "precision": "EXACT"},
    )
    shop.get(docs.BULK_DELETE, search="status:expired")
    assert [one["code"] for one in shop.state()["codes"]] == ["BACK-2", "BACK-3"]
    for wrong in ({}, {"ids": ids, "search": "x:y"}):
        told = shop.get(docs.BULK_DELETE, **wrong)
        assert (told["job"], len(told["userErrors"])) == (None, 1)


# ---------------------------------------------------------------- subscriptions


def test_subscriptions_are_listed_changed_and_ended(shop: Checked) -> None:
    shop.subscribe("CARTS_CREATE", "CHECKOUTS_CREATE")
    one, two = shop.get(docs.SUBSCRIPTIONS)["nodes"]
    assert (one["format"], one["apiVersion"]) == ("JSON", {"handle": "2026-10"})
    assert len(shop.get(docs.SUBSCRIPTIONS, topics=["CARTS_CREATE"])["nodes"]) == 1
    moved = {"uri": "https://elsewhere.example/hooks", "name": "ours"}
    told = shop.get(docs.SUBSCRIPTION_UPDATE, id=one["id"], sub=moved)
    assert told["webhookSubscription"]["uri"] == moved["uri"]
    bad = {"uri": "http://elsewhere.example"}
    assert shop.get(docs.SUBSCRIPTION_UPDATE, id=one["id"], sub=bad)["userErrors"]
    told = shop.get(docs.SUBSCRIPTION_DELETE, id=two["id"])
    assert told["deletedWebhookSubscriptionId"] == two["id"]
    assert shop.get(docs.SUBSCRIPTION_DELETE, id=two["id"])["userErrors"][0]["field"] == ["id"]
    assert shop.do("lose_subscription", topic="carts/create") == {"lost": 1}
    assert shop.get(docs.SUBSCRIPTIONS)["nodes"] == []


def test_what_cannot_be_subscribed_to(shop: Checked) -> None:
    sub = {"uri": shop.catcher.url, "format": "JSON"}
    assert "errors" in shop.ask(SUBSCRIBE, topic="CUSTOMERS_REDACT", sub=sub)
    shop.do("scopes", granted=["read_products"])
    told = shop.ask(SUBSCRIBE, topic="ORDERS_CREATE", sub=sub)["data"]["webhookSubscriptionCreate"]
    assert told["userErrors"] == [
        {
            "field": ["topic"],
            "message": "You cannot create a webhook subscription with the specified topic",
        }
    ]
    shop.subscribe("APP_SCOPES_UPDATE")
    handles = shop.get(docs.INSTALLATION)["accessScopes"]
    assert [one["handle"] for one in handles] == ["read_products"]
    assert requests.get(f"{shop.store.url}/admin", timeout=5).ok
