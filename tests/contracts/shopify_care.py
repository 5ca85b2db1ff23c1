"""What looking after a Shopify store means beside the contract, against the sandbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connector.domain.carts import CartSnapshot
from connector.errors import Refused
from connector.ports.events import CartChanged, ConsentChanged, ConsentState
from connector.ports.platform import ConsentWord
from connector.ports.survey import NoteLevel, Survey
from platforms.shopify import bulk
from platforms.shopify.adapter import Shopify
from tests.contracts.bench import ANA, NOW, Bench, terms
from tests.contracts.platform_care import CareContract

HOUR = timedelta(hours=1)


def word(bench: Bench, channel: str = "email", **changes: str) -> ConsentWord:
    told = {"customer_id": "", "email": "", "phone": "", **changes}
    return ConsentWord(**told, channel=channel, state=ConsentState.NO, at=bench.store.clock.now())


def left(bench: Bench, since: timedelta = HOUR) -> list[CartSnapshot]:
    """The checkouts that the store lists, all pages."""
    found: list[CartSnapshot] = []
    cursor, at = "", bench.store.clock.now() - since
    while True:
        part = bench.platform.abandoned_since(at, cursor)
        found += [event.cart for event in part.events if isinstance(event, CartChanged)]
        if not part.cursor:
            return found
        cursor = part.cursor


def later(bench: Bench, hours: float = 1) -> None:
    bench.do("clock", at=(bench.store.clock.now() + hours * HOUR).isoformat())


def note(survey: Survey, what: str) -> NoteLevel | None:
    return next((one.level for one in survey.notes if one.what == what), None)


def look_after(bench: Bench) -> None:
    """Everything that is asked of a store to look after it, once."""
    shop = bench.platform
    assert isinstance(shop, Shopify)
    shop.subscribe("https://old.example/hooks", "")
    shop.subscribe(bench.catcher.url, "")
    shop.survey(bench.catcher.url)
    used, unused = (shop.create_discount(terms(code)) for code in ("BACK-USED", "BACK-UNUSED"))
    bench.order(bench.cart(), code=used.code)
    shop.retire_discounts([used.platform_id, unused.platform_id])
    bench.do("clock", at=(bench.store.clock.now() + HOUR).isoformat())
    left(bench)
    shop.reminded(["checkout:1"], NOW)
    shop.tell_consent(word(bench, email=str(ANA["email"])))
    shop.tell_consent(word(bench, "sms", phone=str(ANA["phone"])))
    export = bulk.start(shop._client, "{ customers { edges { node { id } } } }")
    bulk.state(shop._client, export)
    bulk.cancel(shop._client, export)


class ShopifyCare(CareContract):
    """Left checkouts, the shop's own mail, consent, and how the store is connected."""

    def test_a_listed_checkout_is_the_cart_of_its_webhook(self, bench: Bench) -> None:
        bench.platform.subscribe(bench.catcher.url, "")
        bench.cart()
        told = [event.cart for event in bench.events() if isinstance(event, CartChanged)]
        later(bench)
        (listed,) = left(bench, 2 * HOUR)
        whole = told[-1]
        assert listed.person.email == whole.person.email == ANA["email"]
        assert (listed.total, len(listed.lines)) == (whole.total, len(whole.lines))
        assert set(listed.tokens) <= set(whole.tokens)
        assert listed.external_id == whole.external_id
        assert bench.platform.owns_url(listed.recovery_url)

    def test_all_pages_of_left_checkouts_come(self, bench: Bench) -> None:
        for number in range(13):
            bench.cart(email=f"ana{number}@example.com", phone="")
        later(bench)
        assert len({cart.external_id for cart in left(bench, 2 * HOUR)}) == 13

    @pytest.mark.parametrize("how", ["denied", "refused"])
    def test_without_links_the_carts_come_all_the_same(self, bench: Bench, how: str) -> None:
        bench.cart()
        later(bench)
        bench.do("recovery_url", api=how)
        (listed,) = left(bench, 2 * HOUR)
        assert (listed.recovery_url, listed.person.email) == ("", ANA["email"])
        survey = bench.platform.survey(bench.catcher.url)
        assert note(survey, "recovery link") is NoteLevel.MISSING

    def test_the_shops_own_mail_is_seen(self, bench: Bench) -> None:
        bench.platform.subscribe(bench.catcher.url, "")
        bench.cart()
        names = [e.cart.tokens for e in bench.events() if isinstance(e, CartChanged)][-1]
        assert bench.platform.reminded(names, NOW) is None
        bench.do("recovery_mail", hours=1)
        later(bench, 3)
        assert bench.platform.reminded(names, NOW) is not None
        survey = bench.platform.survey(bench.catcher.url)
        assert note(survey, "own mail") is NoteLevel.MISSING

    def test_a_yes_is_not_written_over_another_number(self, bench: Bench) -> None:
        bench.order(bench.cart())
        number = str(bench.store.world.shelf.all("customer")[0]["id"])
        no = word(bench, "sms", customer_id=number, phone="+13125550199")
        assert bench.platform.tell_consent(replace(no, state=ConsentState.YES)) is False
        assert bench.platform.tell_consent(no) is True

    @pytest.mark.parametrize("by", ["id", "address"])
    def test_a_no_is_written_into_her_account(self, bench: Bench, by: str) -> None:
        bench.platform.subscribe(bench.catcher.url, "")
        bench.order(bench.cart())
        number = str(bench.store.world.shelf.all("customer")[0]["id"])
        named = {"customer_id": number} if by == "id" else {"email": str(ANA["email"])}
        before = len(bench.events())
        assert bench.platform.tell_consent(word(bench, **named)) is True
        said = [e for e in bench.events()[before:] if isinstance(e, ConsentChanged)]
        assert [(m.channel, m.state) for m in said[-1].marks] == [("email", ConsentState.NO)]

    def test_a_no_to_texts_is_written_too(self, bench: Bench) -> None:
        bench.order(bench.cart())
        assert bench.platform.tell_consent(word(bench, "sms", phone=str(ANA["phone"]))) is True

    def test_of_somebody_unknown_nothing_is_written(self, bench: Bench) -> None:
        assert bench.platform.tell_consent(word(bench, email="nobody@example.com")) is False

    def test_without_the_permission_it_is_refused_in_words(self, bench: Bench) -> None:
        bench.order(bench.cart())
        bench.do("scopes", granted=["read_customers", "read_orders", "write_discounts"])
        with pytest.raises(Refused, match="write_customers"):
            bench.platform.tell_consent(word(bench, email=str(ANA["email"])))
        assert note(bench.platform.survey(bench.catcher.url), "scopes") is NoteLevel.BROKEN

    def test_a_lost_subscription_is_seen_and_made_anew(self, bench: Bench) -> None:
        bench.platform.subscribe(bench.catcher.url, "")
        assert bench.platform.survey(bench.catcher.url).missing == ()
        bench.do("lose_subscription", topic="CHECKOUTS_UPDATE")
        seen = bench.platform.survey(bench.catcher.url)
        assert (seen.missing, note(seen, "webhooks")) == (
            ("checkouts/update",),
            NoteLevel.BROKEN,
        )
        bench.platform.subscribe(bench.catcher.url, "")
        assert bench.platform.survey(bench.catcher.url).missing == ()

    def test_subscriptions_of_an_older_address_are_ended(self, bench: Bench) -> None:
        older = "https://old.example/hooks"
        bench.platform.subscribe(older, "")
        bench.platform.subscribe("https://old.example/other", "")
        seen = bench.platform.survey(bench.catcher.url)
        assert seen.stray
        bench.platform.subscribe(bench.catcher.url, "")
        seen = bench.platform.survey(bench.catcher.url)
        assert (seen.stray, seen.missing) == (False, ())
        uris = {one["uri"] for one in bench.store.world.shelf.all("subscription")}
        assert uris == {bench.catcher.url, "https://old.example/other"}
        bench.platform.leave(bench.catcher.url)
        uris = {one["uri"] for one in bench.store.world.shelf.all("subscription")}
        assert uris == {"https://old.example/other"}
