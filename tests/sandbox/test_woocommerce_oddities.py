"""The sandbox WooCommerce behind the servers and settings that real shops have."""

from __future__ import annotations

import base64
import hmac
import secrets
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import pytest
import requests
from woocommerce.oauth import OAuth

from tests.sandbox.woocommerce_shop import APP, SHOP, Shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.close()


def get(shop: Shop, path: str, **kw: Any) -> requests.Response:
    """As if by https, with the keys in Basic; redirects are not followed."""
    call: dict[str, Any] = {"auth": ("ck_1", "cs_1"), "headers": {"Host": SHOP}, **kw}
    return requests.get(f"{shop.store.url}{path}", timeout=5, allow_redirects=False, **call)


# -------------------------------------------------------------------- permalinks


def test_a_plain_store_has_no_paths(shop: Shop) -> None:
    shop.do("shop", permalinks="plain")
    for path in (
        "/wp-json/wc/v3/orders",
        "/wp-json/",
        "/checkout-link/?products=11:1",
        "/checkout/",
    ):
        page = get(shop, path)
        assert (page.status_code, page.headers["Content-Type"][:9]) == (404, "text/html")
    assert get(shop, "/?rest_route=/wc/v3/orders").json() == []
    assert get(shop, "/index.php?rest_route=/wc/v3/orders&per_page=5").json() == []
    assert get(shop, "/?rest_route=/").json()["home"] == f"https://{SHOP}"


def test_a_plain_store_links_by_query(shop: Shop) -> None:
    shop.do("shop", permalinks="plain")
    link = "/?checkout-link=true&products=11:2"
    moved = get(shop, link).headers["Location"]
    assert moved.startswith("/?page_id=8&session=t_")
    assert "2 × Celadon teacup" in get(shop, moved).text
    assert "Celadon" in get(shop, "/?product=celadon-teacup").text
    order = shop.do(f"carts/{shop.cart()}/order", outcome="pending")["order"]
    told = get(shop, f"/?rest_route=/wc/v3/orders/{order}").json()
    prefix = f"https://{SHOP}/?page_id=8&order-pay={order}&pay_for_order=true&key=wc_order_"
    assert told["payment_url"].startswith(prefix)
    assert "waits for its payment" in get(shop, told["payment_url"][len(f"https://{SHOP}") :]).text
    here = f"https://{SHOP}/index.php?rest_route=/wc/v3/orders/{order}"
    assert told["_links"]["self"][0]["href"] == here


def test_a_person_walks_through_a_plain_shop_in_a_folder() -> None:
    shop = Shop(public_name="", permalinks="plain", subfolder="/shop")
    with requests.Session() as browser:
        front = browser.get(f"{shop.store.url}/shop/", timeout=5)
        assert 'action="/shop/cart/add"' in front.text
        browser.post(f"{shop.store.url}/shop/cart/add", data={"product": "11"}, timeout=5)
        page = browser.get(f"{shop.store.url}/shop/?page_id=8", timeout=5)
        form = {"cart": page.headers["X-Sandbox-Cart"], "email": "ana@example.com", "do": "paid"}
        thanks = browser.post(f"{shop.store.url}/shop/?page_id=8", data=form, timeout=5)
    assert "Thank you" in thanks.text
    assert shop.store.domain == f"{shop.store.url}/shop"
    shop.close()


def signed(url: str) -> str:
    """OAuth 1.0a by the book: every character of a value is encoded, slashes too."""
    path, _, query = url.partition("?")
    given = {
        **dict(parse_qsl(query)),
        "oauth_consumer_key": "ck_1",
        "oauth_timestamp": str(int(time.time())),
        "oauth_nonce": secrets.token_hex(20),
        "oauth_signature_method": "HMAC-SHA256",
    }
    told = urlencode(sorted(given.items()), quote_via=quote, safe="")
    text = f"GET&{quote(path, safe='')}&{quote(told, safe='')}"
    made = hmac.digest(b"cs_1&", text.encode(), "sha256")
    return f"{path}?{urlencode({**given, 'oauth_signature': base64.b64encode(made).decode()})}"


@pytest.mark.parametrize("place", ["/index.php", "/"])
def test_a_signed_call_of_a_plain_store_is_good(place: str) -> None:
    shop = Shop(public_name="", permalinks="plain")
    url = f"{shop.store.url}{place}?rest_route=/wc/v3/coupons"
    assert requests.get(signed(url), timeout=5).json() == []
    shop.close()


def test_the_official_package_cannot_sign_a_route_in_the_query() -> None:
    """It leaves slashes in values as they are, where PHP's rawurlencode encodes them."""
    shop = Shop(public_name="", permalinks="plain")
    oauth = OAuth(
        url=f"{shop.store.url}/?rest_route=/wc/v3/coupons",
        consumer_key="ck_1",
        consumer_secret="cs_1",
        version="wc/v3",
        method="GET",
        oauth_timestamp=int(time.time()),
    )
    told = requests.get(oauth.get_oauth_url(), timeout=5).json()["message"]
    assert told == "Invalid signature - provided signature does not match."
    shop.close()


def test_a_pretty_store_answers_by_query_too(shop: Shop) -> None:
    assert get(shop, "/?rest_route=/wc/v3/orders").json() == []


# -------------------------------------------------------------------- the server


def test_a_stripped_header_looks_like_no_key(shop: Shop) -> None:
    shop.do("shop", strips_authorization=True)
    status, body = shop.rest("GET", "orders")
    assert (status, body["code"]) == (401, "woocommerce_rest_cannot_view")
    keys = {"consumer_key": "ck_1", "consumer_secret": "cs_1"}
    assert shop.rest("GET", "orders", params=keys) == (200, [])
    wrong = shop.rest("GET", "orders", params={**keys, "consumer_secret": "cs_2"})
    assert wrong[1]["message"] == "Consumer secret is invalid."


def test_keys_in_the_query_of_plain_http_are_not_looked_at(shop: Shop) -> None:
    keys = {"consumer_key": "ck_1", "consumer_secret": "cs_1"}
    url = f"{shop.store.url}/wp-json/wc/v3/orders"
    assert requests.get(url, params=keys, timeout=5).status_code == 401


def test_a_shop_in_a_folder_is_only_there() -> None:
    shop = Shop(subfolder="/shop")
    assert get(shop, "/shop/wp-json/wc/v3/orders").json() == []
    assert get(shop, "/wp-json/wc/v3/orders").status_code == 404
    assert get(shop, "/shopping/wp-json/wc/v3/orders").status_code == 404
    shop.close()


def test_plain_http_is_sent_to_https(shop: Shop) -> None:
    shop.do("shop", forces_https=True)
    answer = requests.get(
        f"{shop.store.url}/wp-json/wc/v3/orders?a=1", timeout=5, allow_redirects=False
    )
    there = f"https://{SHOP}/wp-json/wc/v3/orders?a=1"
    assert (answer.status_code, answer.headers["Location"]) == (301, there)
    assert get(shop, "/wp-json/wc/v3/orders").json() == []


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ("maintenance", 503, "Briefly unavailable for scheduled maintenance."),
        ("coming_soon", 200, "Coming soon"),
        ("unavailable", 503, "503 Service Temporarily Unavailable"),
        ("firewall", 403, "You have been blocked."),
        ("error_object", 200, "rest_forbidden"),
    ],
)
def test_something_else_answers_once(shop: Shop, fault: str, status: int, words: str) -> None:
    shop.do("faults", **{fault: 1})
    answer = get(shop, "/wp-json/wc/v3/orders")
    assert answer.status_code == status
    assert words in answer.text
    assert get(shop, "/wp-json/wc/v3/orders").json() == []


def test_a_fault_may_last_until_it_is_lifted(shop: Shop) -> None:
    shop.do("faults", coming_soon=-1)
    for path in ("/", "/wp-json/", "/wc-auth/v1/authorize"):
        assert "Coming soon" in get(shop, path).text
    shop.do("faults", coming_soon=0)
    assert "Celadon" in get(shop, "/").text


def test_ten_megabytes(shop: Shop) -> None:
    shop.do("faults", huge=1)
    assert len(get(shop, "/wp-json/wc/v3/orders").content) > 10_000_000


def test_nothing_for_a_while(shop: Shop) -> None:
    shop.do("faults", silent_s=0.3)
    assert get(shop, "/wp-json/").elapsed.total_seconds() >= 0.3
    assert get(shop, "/wp-json/").elapsed.total_seconds() < 0.3


@pytest.mark.parametrize("path", ["/wp-json", "/wp-json/", "/?rest_route=/"])
def test_the_index_is_at_each_of_its_addresses(shop: Shop, path: str) -> None:
    assert get(shop, path).json()["name"] == "Mina's Ceramics"
    assert get(shop, "/wp-json/wc/v3/orders/").json() == []
    assert get(shop, "/?rest_route=/wc/v3/orders/").json() == []


def test_a_webhook_goes_to_the_door_of_its_https_name(shop: Shop) -> None:
    url = f"https://{APP}/hooks"
    shop.rest(
        "POST", "webhooks", json={"topic": "cart.updated", "delivery_url": url, "secret": "s"}
    )
    shop.cart()
    assert [topic for topic, _ in shop.got()] == ["cart.updated"]
    assert {dict(headers)["Host"] for headers, _ in shop.catcher.got} == {APP}


def test_a_switch_that_there_is_not_is_refused(shop: Shop) -> None:
    answer = requests.post(f"{shop.store.url}/_sandbox/shop", json={"x": 1}, timeout=5)
    assert (answer.status_code, answer.json()) == (400, {"error": "no switch 'x'"})


# -------------------------------------------------------------------- cron


def sent(shop: Shop) -> int:
    return int(shop.state()["webhooks"]["sent"])


def test_nothing_goes_out_while_nobody_visits(shop: Shop) -> None:
    shop.watch("cart.updated")
    shop.do("shop", cron_sleeps=True)
    shop.cart()
    shop.store.drain(5)
    assert sent(shop) == 0
    get(shop, "/wp-json/wc/v3/orders")
    assert shop.state()["webhooks"]["waiting"] == 1
    get(shop, "/")
    assert [topic for topic, _ in shop.got()] == ["cart.updated"]
    shop.cart()
    assert sent(shop) == 1


@pytest.mark.parametrize("path", ["/", "/wp-admin/"])
def test_a_host_that_disabled_the_cron_waits_for_its_timer(shop: Shop, path: str) -> None:
    shop.watch("cart.updated")
    shop.do("shop", cron_disabled=True)
    shop.cart()
    get(shop, path)
    shop.store.drain(5)
    assert sent(shop) == 0
    assert get(shop, "/wp-cron.php?doing_wp_cron").status_code == 200
    assert len(shop.got()) == 1


def test_direct_push_needs_no_cron(shop: Shop) -> None:
    shop.watch("cart.updated", "order.created")
    shop.do("shop", cron_sleeps=True, direct_push=True)
    shop.do(f"carts/{shop.cart()}/order", outcome="paid")
    assert [topic for topic, _ in shop.got()] == ["cart.updated"]


def test_the_status_says_how_long_the_oldest_waits(shop: Shop) -> None:
    shop.watch("cart.updated")

    def oldest() -> int:
        cron = get(shop, "/wp-json/wc-cartwright/v1/status").json()["cron"]
        assert not cron["disabled"]
        return int(cron["oldest_due_s"])

    shop.do("clock", at="2027-01-02T03:00:00+00:00")
    shop.do("shop", cron_sleeps=True)
    shop.do("clock", at="2027-01-02T04:00:00+00:00")
    shop.cart()
    assert 3590 <= oldest() <= 3700
    get(shop, "/")
    shop.store.drain(5)
    assert oldest() < 60
