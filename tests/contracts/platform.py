"""What every store platform must do; each vendor's test class inherits all of it.

The sandbox stores share their control verbs, so a vendor gives only what is its own (what
`OnBench` and `PastContract` ask for): how its deliveries look, which topics it knows, what its
past is made of, and a running store.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from connector.domain.carts import CartLine
from connector.domain.money import Money
from connector.errors import InvalidSignature, Malformed
from connector.ports.events import CartChanged, Ignored, OrderPlaced
from connector.ports.platform import RawWebhook, StorePlatform
from tests.contracts.bench import HOSTILE, NOW, Bench, OnBench
from tests.contracts.platform_api import ApiContract
from tests.contracts.platform_customers import CustomersContract
from tests.contracts.platform_offers import OffersContract
from tests.contracts.platform_past import PastContract


class WebhookContract(OnBench):
    """Deliveries: who signed them, and what becomes of them."""

    def deliver(self, body: bytes = b"{}", *, signed_with: str = "s1") -> RawWebhook:
        return self.adapter.read_webhook(self.headers(self.topics[0], body, signed_with), body)

    def signature_header(self) -> tuple[str, str]:
        with_one, other = (
            dict(self.headers(self.topics[0], b"{}", secret)) for secret in ("s1", "s2")
        )
        (name,) = [name for name, value in with_one.items() if other[name] != value]
        return name, with_one[name]

    def test_a_signature_of_the_current_secret_is_good(self) -> None:
        self.adapter.verify(self.deliver(), ["s1"])

    def test_a_signature_of_the_previous_secret_is_good(self) -> None:
        self.adapter.verify(self.deliver(signed_with="old"), ["new", "old"])

    @pytest.mark.parametrize("secrets", [["s2"], [], [""]])
    def test_a_signature_of_another_secret_is_refused(self, secrets: list[str]) -> None:
        with pytest.raises(InvalidSignature):
            self.adapter.verify(self.deliver(), secrets)

    def test_an_empty_secret_signs_nothing(self) -> None:
        with pytest.raises(InvalidSignature):
            self.adapter.verify(self.deliver(signed_with=""), [""])

    def test_a_changed_body_is_refused(self) -> None:
        webhook = replace(self.deliver(b'{"id": 1}'), body=b'{"id": 2}')
        with pytest.raises(InvalidSignature):
            self.adapter.verify(webhook, ["s1"])

    @pytest.mark.parametrize("signature", ["", "é", "no base64!", "AAAA", "\x00", "=" * 44])
    def test_a_broken_signature_is_refused(self, signature: str) -> None:
        with pytest.raises(InvalidSignature):
            self.adapter.verify(replace(self.deliver(), signature=signature), ["s1"])

    def test_a_missing_signature_is_refused(self) -> None:
        name, _ = self.signature_header()
        left = [pair for pair in self.headers(self.topics[0], b"{}", "s1") if pair[0] != name]
        with pytest.raises(InvalidSignature):
            self.adapter.verify(self.adapter.read_webhook(left, b"{}"), ["s1"])

    def test_a_signature_that_comes_twice_is_refused(self) -> None:
        name, value = self.signature_header()
        doubled = [*self.headers(self.topics[0], b"{}", "s1"), (name.upper(), value)]
        with pytest.raises(InvalidSignature):
            self.adapter.read_webhook(doubled, b"{}")

    def test_header_names_may_come_in_any_case(self) -> None:
        loud = [(n.upper(), v) for n, v in self.headers(self.topics[0], b"{}", "s1")]
        assert self.adapter.read_webhook(loud, b"{}") == self.deliver()

    def test_a_repeat_has_the_same_key_and_another_delivery_has_not(self) -> None:
        headers = self.headers(self.topics[0], b"{}", "s1")
        again = self.adapter.read_webhook(headers, b"{}")
        other = self.adapter.read_webhook(
            self.headers(self.topics[1], b'{"id":2}', "s1"), b'{"id":2}'
        )
        assert again.dedup_key == self.adapter.read_webhook(headers, b"{}").dedup_key
        assert again.dedup_key != other.dedup_key

    # ------------------------------------------------------------ hostile bodies

    @pytest.mark.parametrize("number", range(len(HOSTILE)))
    def test_a_hostile_body_is_malformed_or_ignored(
        self, offline: StorePlatform, number: int
    ) -> None:
        for topic in self.topics:
            webhook = RawWebhook(topic, HOSTILE[number], "", "k")
            try:
                events = offline.parse(webhook, NOW)
            except Malformed:
                continue
            assert events, topic
            assert all(isinstance(event, Ignored) for event in events), (topic, events)

    def test_an_unknown_topic_is_ignored_with_a_reason(self, offline: StorePlatform) -> None:
        for topic in ("", "moon/landed", "../etc", "orders/é"):
            (event,) = offline.parse(RawWebhook(topic, b'{"id": 1}', "", "k"), NOW)
            assert isinstance(event, Ignored)
            assert event.reason

    def test_another_stores_data_is_never_an_event(self, offline: StorePlatform) -> None:
        for topic, body in self.from_another_store():
            events = offline.parse(RawWebhook(topic, body, "", "k"), NOW)
            assert events == [Ignored("another store's data")], topic

    # ------------------------------------------------------------ webhooks, end to end

    def test_a_checkout_and_its_order_come_in_as_one_cart(self, bench: Bench) -> None:
        bench.platform.subscribe(bench.catcher.url, bench.secret)
        order = bench.order(bench.cart())
        events = bench.events()
        carts = [e.cart for e in events if isinstance(e, CartChanged)]
        orders = [e.order for e in events if isinstance(e, OrderPlaced)]
        assert "ana@example.com" in {cart.person.email for cart in carts}
        assert {o.external_id for o in orders} == {str(order["order"])}
        assert orders[0].total == Money.parse(order["total"], order["currency"])
        names = {name for cart in carts for name in (cart.external_id, *cart.tokens)}
        assert names & {t for o in orders for t in o.cart_tokens}

    def test_subscribing_twice_leaves_one_subscription_a_topic(self, bench: Bench) -> None:
        first = bench.platform.subscribe(bench.catcher.url, bench.secret)
        count = self.subscriptions(bench)
        again = bench.platform.subscribe(bench.catcher.url, bench.secret)
        assert sorted(again) == sorted(first)
        assert count == self.subscriptions(bench) == len(set(first)) > 0


class LinkContract(OnBench):
    """Where the links in messages may lead."""

    def test_only_the_stores_own_pages_are_owned(self, offline: StorePlatform) -> None:
        home = offline.cart_link([], []).split("://", 1)[1].split("/", 1)[0]
        assert offline.owns_url(f"https://{home}/cart")
        for url in (
            "",
            "/cart",
            f"//{home}/cart",
            f"https:{home}",
            f"https:/\\{home}/",
            f"https://{home}\\@evil.example/",
            f"https://{home}@evil.example/",
            f"https://user:pw@{home}/",
            f"https://evil.example/{home}",
            f"https://evil.example#{home}",
            f"https://{home}.evil.example/",
            f"https://evil{home}/",
            f"https://{home}:99999/",
            f"https://{home}\n.evil.example/",
            f"https://{home}\x00/",
            f"https://{home}\t/",
            f"http://{home}/cart",
            f"javascript:alert(1)//{home}",
            f"ftp://{home}/",
            "https://[::1/",
        ):
            assert not offline.owns_url(url), url

    def test_a_line_of_another_kind_does_not_break_the_link(self, offline: StorePlatform) -> None:
        odd = CartLine("", "x'\"><script>", "Odd", 1, Money(self.account.currency, 100))
        link = offline.cart_link([odd], ["A&B=C", "A&D"])
        assert offline.owns_url(link)
        assert "<script>" not in link
        assert "A&" not in link


class PlatformContract(
    WebhookContract, ApiContract, OffersContract, CustomersContract, PastContract, LinkContract
):
    """Inherit this, give what `OnBench` asks for, and all tests apply."""
