"""The merchant's desk: what its pages say, and what its buttons do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text

from connector.domain.money import Money
from connector.domain.people import Person
from connector.errors import Refused
from connector.models import Cart, Store, StoreState, Webhook, WebhookState
from connector.ports.events import ErasureAsked, OrderRefunded
from connector.services import installs
from tests import factories
from tests.cast import BOWL, Cast
from tests.fakes import Fakes
from tests.stage import ANA, BEN, START
from tests.web.pages import form_token, press, words


def cart_of(cast: Cast, name: str) -> str:
    """The path of a cart's page."""
    for stage in (cast.mina, cast.oscar):
        for cart in stage.rows(Cart):
            if cart.external_id == name:
                return f"/desk/carts/{cart.id}"
    raise AssertionError(f"no cart {name}")


def test_figures_and_list(played: Cast) -> None:
    said = words(played.desk(played.mina).get("/desk/"))
    assert "Mina's Ceramics" in said
    assert "Money credited ₩45,600" in said
    assert "Carts seen 2 Abandoned 2 Recovered 1 E-mails sent 3 Texts sent 1" in said
    assert "Recovered Ana 달항아리 그릇 (1 item) ₩48,000" in said
    assert "No more messages no consent to texts: a phone typed at checkout is none" in said
    assert "Times are in Asia/Seoul" in said


def test_times_are_the_store_s_own(played: Cast) -> None:
    page = played.desk(played.mina).get("/desk/").text
    assert '<time datetime="2026-06-09T14:00:00+00:00">9 Jun, 23:00</time>' in page
    page = played.desk(played.oscar).get("/desk/").text
    assert '<time datetime="2026-06-10T16:15:00+00:00">10 Jun, 12:15</time>' in page


def test_figures_of_a_chosen_span(played: Cast) -> None:
    played.mina.set_clock(START + timedelta(days=20))
    desk = played.desk(played.mina)
    assert "Money credited ₩0" in words(desk.get("/desk/?range=7"))
    assert "Money credited ₩45,600" in words(desk.get("/desk/?range=30"))
    assert "Money credited ₩45,600" in words(desk.get("/desk/?range=all"))


def test_the_next_step_is_said_before_it_happens(cast: Cast) -> None:
    cast.mina.agrees(ANA, "email", "sms")
    cast.mina.cart(ANA, lines=(BOWL,), total=BOWL.unit_price)
    desk = cast.desk(cast.mina)
    counts = "Counts as abandoned at 9 Jun, 23:30 unless the shopper comes back"
    assert counts in words(desk.get("/desk/"))
    cast.mina.after(minutes=31)
    assert "E-mail “reminder” at 10 Jun, 00:00" in words(desk.get("/desk/"))
    cast.mina.after(minutes=40)
    assert "Text message “offer” at 11 Jun, 00:00" in words(desk.get("/desk/"))


def test_a_step_that_will_not_happen_says_why(cast: Cast) -> None:
    cast.mina.cart(BEN, lines=(BOWL,), total=BOWL.unit_price)
    cast.mina.after(minutes=31)
    said = words(cast.desk(cast.mina).get("/desk/"))
    assert "E-mail “reminder” at 10 Jun, 00:00" in said
    cast.mina.cart(Person(), "nobody")
    assert "Nobody to write to" in words(cast.desk(cast.mina).get("/desk/"))


def test_a_filter_by_state_and_pages_of_fifty(cast: Cast) -> None:
    for number in range(51):
        cast.mina.cart(ANA, f"c{number:02}", lines=(BOWL,), total=Money("KRW", 1000 + number))
    desk = cast.desk(cast.mina)
    first, second = words(desk.get("/desk/")), words(desk.get("/desk/?page=2"))
    assert "Page 1 of 2" in first
    assert "₩1,050" in first
    assert "₩1,000" not in first
    assert "₩1,000" in second
    assert "Shopping 51" in first
    assert "Page 2 of 2" in words(desk.get("/desk/?page=99999"))
    assert "No cart is in this state now" in words(desk.get("/desk/?state=lost"))


def test_odd_arguments_are_no_trouble(played: Cast) -> None:
    desk = played.desk(played.mina)
    for query in ("page=-1", "page=x", "page=" + "9" * 40, "state=%00", "range=%FF", "page=٣"):
        assert desk.get(f"/desk/?{query}").status_code == 200
    for path in ("/desk/carts/0", "/desk/carts/" + "9" * 18, "/desk/carts/" + "9" * 30):
        assert desk.get(path).status_code == 404


def test_an_empty_desk_teaches(cast: Cast) -> None:
    said = words(cast.desk(cast.mina).get("/desk/"))
    assert "No cart has come yet" in said
    assert f"https://cart.example/hooks/woocommerce/{cast.mina.store.public_id}" in said
    assert "Nothing has come yet." in said
    assert "https://cart.example/hooks/shopify." in words(cast.desk(cast.oscar).get("/desk/"))


def test_the_story_of_a_recovered_cart(played: Cast) -> None:
    said = words(played.desk(played.mina).get(cart_of(played, "ana-cart")))
    in_order = (
        "The cart was begun",
        "Abandoned: nothing for 30 minutes",
        "Entered the flow",
        "Sent: e-mail “reminder”",
        "Made the code BACK-",
        "Sent: text message “offer”",
        "Came back through the text message",
        "Order #7001 arrived",
        "How we know: named by the order",
        "Credited",
    )
    story = said[said.index(" Story ") :]
    assert sorted(in_order, key=story.index) == list(in_order)
    assert "ordered within 24 h after the click (last click)" in said
    assert "Evidence click at 11 Jun, 01:00" in said
    assert "5 % off, once, until 13 Jun, 00:00" in said
    assert "Marketing by text message Allowed Said yes (checkout, 9 Jun, 23:00)." in said


def test_the_story_of_someone_who_never_said_yes(played: Cast) -> None:
    said = words(played.desk(played.mina).get(cart_of(played, "ben-cart")))
    assert "Marketing by text message Not allowed Never said yes or no. No consent to texts" in said


def test_money_that_went_back_is_shown_and_not_counted(played: Cast) -> None:
    refund = OrderRefunded("7001", played.mina.now, "r1", Money("KRW", 5600))
    played.mina.tell(refund)
    desk = played.desk(played.mina)
    assert "Money credited ₩40,000" in words(desk.get("/desk/"))
    said = words(desk.get(cart_of(played, "ana-cart")))
    assert "Credit ₩40,000" in said
    assert "Taken back ₩5,600" in said
    assert "the order was refunded" in said


def test_a_message_that_may_have_left_is_explained(played: Cast) -> None:
    desk = played.desk(played.oscar)
    assert "1 not known." in words(desk.get("/desk/"))
    said = words(desk.get(cart_of(played, "oscar-cart")))
    assert "Not known" in said
    assert "never heard whether it was taken" in said
    assert "It may have left: no answer came in time" in said


def test_pictures_and_links_only_where_it_is_safe(cast: Cast) -> None:
    near = "http://127.0.0.1:9001/cup.jpg"
    lines = tuple(
        replace(BOWL, image_url=url, product_url=url)
        for url in ("javascript:alert(1)", "http://shop.example/x", near, "https://ok.example/p")
    )
    cast.mina.cart(ANA, lines=lines)
    page = cast.desk(cast.mina).get(cart_of(cast, "c1")).text
    assert f'src="{near}"' in page
    assert 'href="https://ok.example/p"' in page
    assert "javascript:" not in page
    assert "http://shop.example" not in page


def test_the_pause_stops_marketing_and_is_noted(cast: Cast) -> None:
    cast.mina.agrees(ANA, "email", "sms")
    cast.mina.cart(ANA, lines=(BOWL,), total=BOWL.unit_price)
    desk = cast.desk(cast.mina)
    assert "Thank-you messages for orders still go out" in words(desk.get("/desk/pause"))
    assert press(desk, "/desk/pause").status_code == 303
    assert press(desk, "/desk/pause").status_code == 303
    cast.mina.after(hours=2)
    assert Fakes.world.outbox == []
    assert "All marketing is paused." in words(desk.get("/desk/"))
    assert words(desk.get("/desk/pause")).count("All marketing was paused at the desk") == 1
    press(desk, "/desk/resume")
    cast.mina.after(hours=1)
    assert cast.mina.outbox() == [("email", ANA.email)]
    assert cast.mina.one(Store).state is StoreState.ACTIVE


def test_a_pause_revives_no_lost_connection(cast: Cast) -> None:
    with cast.mina.session() as session:
        installs.needs_reauth(session, cast.mina.store.id)
    desk = cast.desk(cast.mina)
    assert "The shop no longer accepts our key" in words(desk.get("/desk/pause"))
    press(desk, "/desk/resume")
    assert cast.mina.one(Store).state is StoreState.NEEDS_REAUTH


def test_problems_are_listed_with_what_to_do(played: Cast) -> None:
    factories.delivery(played.oscar, reason="id is missing")
    for _ in range(2):
        factories.delivery(played.oscar, WebhookState.IGNORED, "themes/publish", "not about carts")
    factories.paused_channel(played.oscar, "fake_text", "credentials were refused")
    page = played.desk(played.oscar).get("/desk/problems")
    said = words(page)
    assert "orders/create" in said
    assert "id is missing" in said
    assert "themes/publish not about carts 2" in said
    assert "credentials were refused" in said
    assert "E-mail “reminder” see the cart" in said
    assert "body-canary" not in page.text


def test_no_problems_is_said_too(cast: Cast) -> None:
    assert "Nothing waits for you" in words(cast.desk(cast.mina).get("/desk/problems"))


def test_a_dead_delivery_is_read_again(cast: Cast) -> None:
    dead = factories.delivery(cast.mina)
    desk = cast.desk(cast.mina)
    assert press(desk, f"/desk/problems/{dead}/replay").status_code == 303
    assert cast.mina.one(Webhook).state is WebhookState.RECEIVED
    assert f"Delivery {dead} (orders/create) was put back" in words(desk.get("/desk/problems"))


def test_a_delivery_whose_text_is_gone_offers_no_button(cast: Cast) -> None:
    gone = factories.delivery(cast.mina, body=None)
    desk = cast.desk(cast.mina)
    page = desk.get("/desk/problems")
    assert "no longer kept" in words(page)
    assert "/replay" not in page.text
    assert press(desk, f"/desk/problems/{gone}/replay").status_code == 303
    assert cast.mina.one(Webhook).state is WebhookState.DEAD


def test_a_forgotten_shopper_has_no_name(played: Cast) -> None:
    played.mina.tell(ErasureAsked(BEN, ()))
    said = words(played.desk(played.mina).get(cart_of(played, "ben-cart")))
    assert "Cart of Forgotten at their request" in said
    assert "Nothing is kept of what was in it" in said
    assert "The person asked to be forgotten" in said
    assert BEN.email not in said


def test_a_failed_message_is_counted_and_listed(cast: Cast) -> None:
    Fakes.world.answers.append(Refused("no such mailbox"))
    cast.mina.agrees(ANA, "email")
    cast.mina.cart(ANA, lines=(BOWL,), total=BOWL.unit_price)
    cast.mina.after(hours=2)
    desk = cast.desk(cast.mina)
    assert "1 failed. This message could not be sent" in words(desk.get("/desk/"))
    said = words(desk.get("/desk/problems"))
    assert "Messages that failed" in said
    assert "no such mailbox" in said


def test_the_form_token_is_the_session_s_own(cast: Cast) -> None:
    assert form_token(cast.desk(cast.mina)) != form_token(cast.desk(cast.mina))


def test_a_run_that_broke_off_is_shown_with_its_step(played: Cast) -> None:
    with played.mina.session() as session:
        session.execute(
            text("update runs set state = 'failed', ended_at = now(), reason = 'a step failed (X)'")
        )
    page = played.desk(played.mina).get("/desk/problems").get_data(as_text=True)
    assert "Flows that broke off" in page
    assert "a step failed (X)" in page
