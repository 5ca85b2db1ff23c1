"""How a WooCommerce shop says that it is connected, on the sandbox shop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connector import http
from connector.domain.carts import CartLine
from connector.domain.money import Money
from connector.ports.survey import Note, NoteLevel
from connector.sandbox.server import Listener
from connector.sandbox.woocommerce.state import key_of
from platforms.woocommerce.adapter import WooCommerce
from platforms.woocommerce.webhooks import CORE, PLUGIN, TYPED
from tests.contracts.bench import Bench
from tests.contracts.test_woocommerce import SECRET, bench_of

GOOD, MISSING, BROKEN = NoteLevel.GOOD, NoteLevel.MISSING, NoteLevel.BROKEN


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    bench = bench_of()
    monkeypatch.setenv("CARTWRIGHT_LOOPBACK", f"{bench.store.door}")
    http.loopback.cache_clear()
    yield bench
    bench.store.stop()
    bench.catcher.stop()
    http.loopback.cache_clear()


def notes(bench: Bench, url: str = "") -> dict[str, Note]:
    return {n.what: n for n in bench.platform.survey(url or bench.catcher.url).notes}


def subscribe(bench: Bench, url: str = "") -> list[str]:
    return bench.platform.subscribe(url or bench.catcher.url, SECRET)


def hooks(bench: Bench) -> list[dict[str, Any]]:
    return list(bench.state()["subscriptions"])


def disable(bench: Bench, topic: str) -> None:
    """What core does at the 7th failure in a row."""
    (hook,) = [h for h in bench.store.state.shelf.all("hook") if h["topic"] == topic]
    changed = {**hook, "status": "disabled", "failures": 6}
    bench.store.state.shelf.put("hook", key_of(hook["id"]), changed)


def test_a_shop_that_is_well_has_only_good_notes(bench: Bench) -> None:
    subscribe(bench)
    seen = bench.platform.survey(bench.catcher.url)
    assert (seen.capture, seen.missing) == ("full", ())
    assert seen.topics == (*CORE, *PLUGIN)
    assert {note.level for note in seen.notes} == {GOOD}
    assert "10.9.2" in notes(bench)["version"].text


def test_before_anything_is_made_everything_is_missing(bench: Bench) -> None:
    seen = bench.platform.survey(bench.catcher.url)
    assert seen.topics == ()
    assert seen.missing == (*CORE, *PLUGIN)
    assert notes(bench)["webhooks"].level is BROKEN
    assert hooks(bench) == []  # it only looked


def test_without_the_plugin_what_is_not_seen_is_said(bench: Bench) -> None:
    bench.do("shop", plugin=False)
    subscribe(bench)
    seen = bench.platform.survey(bench.catcher.url)
    assert (seen.capture, seen.missing) == ("reduced", ())
    assert seen.topics == (*CORE, TYPED)
    plugin = notes(bench)["plugin"]
    assert plugin.level is MISSING
    assert "not seen" in plugin.text
    assert "block checkouts" not in plugin.text  # 10.9 makes no drafts
    assert "install" in plugin.mend


def test_an_older_shop_has_drafts_and_no_links(bench: Bench) -> None:
    bench.do("shop", plugin=False, version="9.9.5")
    said = notes(bench)
    assert "block checkouts that were begun" in said["plugin"].text
    assert "9.9.5 rebuilds no cart" in said["version"].text


def test_links_of_an_older_shop_lead_where_there_is_something(bench: Bench) -> None:
    """Core's link is unknown before 10: a shopper would see a page that is not there."""
    bench.do("shop", version="9.9.5")
    told = bench.platform.settle()
    assert told["version"] == "9.9.5"
    store = WooCommerce(replace(bench.platform.account, options=told))
    cup = CartLine("11", "", "Celadon teacup", 2, Money("KRW", 24000))
    home = bench.store.domain
    assert store.cart_link([cup], ["X"]) == f"{home}/?add-to-cart=11&quantity=2"
    assert store.cart_link([cup, cup], ["X"]) == f"{home}/"
    to_pay = f"{home}/checkout/order-pay/1/"
    assert store.recovery_links(to_pay, [cup], ["X"])[0] == to_pay
    assert bench.platform.recovery_links(to_pay, [cup], ["X"])[-1] == to_pay
    bench.do("shop", version="10.9.2")
    seen = store.survey(bench.catcher.url)
    assert any("our links still fit the old one" in note.text for note in seen.notes)


def test_a_webhook_that_was_switched_off_is_made_anew_and_not_woken(bench: Bench) -> None:
    """Re-activated, its count of failures would stay at 6: one more and it is off again."""
    subscribe(bench)
    before = {hook["topic"]: hook for hook in hooks(bench)}
    disable(bench, "order.updated")
    seen = bench.platform.survey(bench.catcher.url)
    assert seen.missing == ("order.updated",)
    note = notes(bench)["webhooks"]
    assert note.level is BROKEN
    assert "order.updated" in note.text
    subscribe(bench)
    after = {hook["topic"]: hook for hook in hooks(bench)}
    assert after.keys() == before.keys()
    assert len(hooks(bench)) == len(after)
    renewed = after["order.updated"]
    assert renewed["id"] != before["order.updated"]["id"]
    assert (renewed["status"], renewed["failures"]) == ("active", 0)
    assert after["order.created"] == before["order.created"]
    assert notes(bench)["webhooks"].level is GOOD


def test_doubles_and_strangers_are_told_apart(bench: Bench) -> None:
    subscribe(bench)
    twice = next(h for h in bench.store.state.shelf.all("hook") if h["topic"] == "order.created")
    other = {"name": "Cartwright x", "delivery_url": "https://other.example/hook"}
    for number, changes in ((901, {}), (902, other)):
        copy = {**twice, "id": number, **changes}
        bench.store.state.shelf.put("hook", key_of(number), copy)
    subscribe(bench)
    left = [h["delivery_url"] for h in hooks(bench) if h["topic"] == "order.created"]
    assert sorted(left) == sorted([bench.catcher.url, "https://other.example/hook"])


def test_webhooks_to_an_address_that_we_had_before_are_moved(bench: Bench) -> None:
    old = bench.catcher.url.replace("127.0.0.1", "localhost")
    subscribe(bench, old)
    assert bench.platform.survey(bench.catcher.url).topics == ()
    subscribe(bench)
    assert {hook["delivery_url"] for hook in hooks(bench)} == {bench.catcher.url}


def test_when_the_plugin_goes_its_topics_go_and_when_it_comes_they_come(bench: Bench) -> None:
    subscribe(bench)
    bench.do("shop", plugin=False)
    assert bench.platform.survey(bench.catcher.url).missing == (TYPED,)
    subscribe(bench)
    assert {hook["topic"] for hook in hooks(bench)} == {*CORE, TYPED}
    bench.do("shop", plugin=True)
    subscribe(bench)
    assert {hook["topic"] for hook in hooks(bench)} == {*CORE, *PLUGIN}


def test_leaving_takes_our_webhooks_and_no_others(bench: Bench) -> None:
    subscribe(bench)
    stranger = {**bench.store.state.shelf.all("hook")[0], "id": 903, "name": "ERP"}
    stranger["delivery_url"] = "https://erp.example/"
    bench.store.state.shelf.put("hook", key_of(903), stranger)
    bench.platform.leave(bench.catcher.url)
    assert [hook["id"] for hook in hooks(bench)] == [903]


def test_a_sleeping_cron_is_explained_with_the_line_that_wakes_it(bench: Bench) -> None:
    subscribe(bench)
    bench.do("shop", cron_sleeps=True)
    bench.cart()
    now = bench.store.clock.now()
    bench.do("clock", at=(now + timedelta(hours=1)).isoformat())
    note = notes(bench)["cron"]
    assert note.level is BROKEN
    assert "60 minutes" in note.text
    assert f"*/1 * * * * curl -s {bench.store.domain}/wp-cron.php" in note.mend
    bench.do("shop", direct_push=True)
    assert notes(bench)["cron"].level is MISSING
    bench.do("shop", cron_disabled=True, plugin=False)
    assert "the server must" in notes(bench)["cron"].text


def test_the_shop_s_own_reminder_is_noticed(bench: Bench) -> None:
    bench.do("shop", own_recovery_mail=True)
    assert "two reminders" in notes(bench)["recovery_mail"].text
    for told in (False, None):
        bench.do("shop", own_recovery_mail=told)
        assert "recovery_mail" not in notes(bench)


def test_what_changed_at_the_shop_is_noticed(bench: Bench) -> None:
    known = replace(bench.platform.account, currency="EUR", timezone="Europe/Berlin")
    seen = WooCommerce(known).survey(bench.catcher.url)
    said = {note.what: note.text for note in seen.notes}
    assert "now KRW; we still go by EUR" in said["currency"]
    assert "now Asia/Seoul" in said["timezone"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_in_front_of_us_is_found(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """Core takes 301 and 302 for success, follows neither, and loses what it told."""
    from flask import Flask, redirect

    app = Flask("front")
    app.add_url_rule(
        "/hooks", "all", lambda: redirect("https://www.cartwright.example/hooks", status)
    )
    front = Listener(app)
    monkeypatch.setenv("CARTWRIGHT_LOOPBACK", f"{bench.store.door},cw.example={front.door}")
    http.loopback.cache_clear()
    note = notes(bench, "https://cw.example/hooks")["address"]
    front.stop()
    assert note.level is BROKEN
    assert "https://www.cartwright.example/hooks" in note.text
    assert "CARTWRIGHT_URL" in note.mend


def test_an_address_of_ours_that_is_plain_http_is_found(bench: Bench) -> None:
    """On this machine's sandbox it is meant so; a shop elsewhere would be told."""
    assert "address" not in notes(bench, "http://cw.example/hooks")
    account = replace(bench.platform.account, domain="https://far.example")
    with pytest.MonkeyPatch.context() as patch:
        doors = f"{bench.store.door},far.example={bench.store.door}"
        patch.setenv("CARTWRIGHT_LOOPBACK", doors)
        http.loopback.cache_clear()
        bench.store.state.settings = replace(bench.store.state.settings, public_name="far.example")
        seen = WooCommerce(account).survey("http://cw.example/hooks")
    (note,) = [n for n in seen.notes if n.what == "address"]
    assert note.level is BROKEN
    assert "plain http" in note.text
