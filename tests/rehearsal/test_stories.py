"""Short stories, told to one shop: each reads like the picture of its flow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from connector.domain.flows import read
from connector.domain.flows.holdout import Holdout
from connector.domain.settings import Caps, Quiet, StoreSettings, Texts
from connector.ports.channel import Repeat, ReportKind
from connector.ports.events import CartClosed, ErasureAsked
from connector.rehearsal import news
from connector.rehearsal.news import Told
from connector.rehearsal.rows import FlowState
from connector.rehearsal.vendors import ACCEPTED, Answer, Fate, Vendor
from tests.rehearsal.cast import (
    HIS_SON,
    HOUR,
    MINA,
    MINUTE,
    NOON,
    OSCAR,
    after,
    agreed,
    flow,
    left,
    order,
    ordered,
    send,
    shop,
    wait,
)

NO_NIGHT = StoreSettings(quiet={})
REMINDER = flow("reminder", wait("calm", hours=1, since="last_activity"), send("mail", "email"))
TWO_STEPS = flow("two", send("first", "email"), wait("pause", hours=3), send("second", "email"))
TEXT_THEN_MAIL = flow("both", send("note", "sms", "email"))
YES = agreed(MINA, NOON, "email", "sms")


class Failing(Vendor):
    """Gives one answer to the first attempt at a medium, then accepts."""

    first: Answer = ACCEPTED
    medium = "sms"

    def answer(self, key: str, attempt: int, at: datetime) -> Answer:
        return self.first if attempt == 1 and key.endswith(self.medium) else ACCEPTED


def failing(answer: Answer, repeat: Repeat = Repeat.NEVER) -> Failing:
    vendor = Failing(repeat={"sms": repeat})
    vendor.first = answer
    return vendor


def test_a_cart_that_is_left_alone_is_written_about_an_hour_after_its_last_change() -> None:
    engine = shop(REMINDER)
    assert after(engine, 30, [YES, left(MINA, NOON)]) == [("mail", "sent")]
    assert engine.messages[1].inflight_at == NOON + HOUR


def test_who_orders_in_time_hears_nothing() -> None:
    told = [YES, left(MINA, NOON), ordered(MINA, NOON + 40 * MINUTE)]
    assert after(shop(REMINDER), 30, told) == []


def test_an_order_that_no_webhook_told_of_is_found_by_asking() -> None:
    story = [YES, left(MINA, NOON)]
    engine = shop(REMINDER)
    engine.tell_all(story)
    engine.tell(news.PlacedAtShop(order(MINA, NOON + 50 * MINUTE)), NOON + 50 * MINUTE)
    assert after(engine, 30) == [("mail", "cancelled")]
    assert engine.messages[1].reason == "the person has ordered"


def test_her_order_under_the_shared_phone_stops_the_text_to_him() -> None:
    told = [agreed(OSCAR, NOON, "sms", "email"), left(OSCAR, NOON)]
    engine = shop(TEXT_THEN_MAIL, settings=NO_NIGHT)
    told.append(ordered(HIS_SON, NOON + 20 * MINUTE, of="another"))
    assert after(engine, 30, told) == []


def test_mail_follows_a_text_that_was_certainly_not_sent() -> None:
    vendor = failing(Answer(Fate.REFUSED))
    engine = shop(TEXT_THEN_MAIL, vendor=vendor)
    assert after(engine, 3, [YES, left(MINA, NOON)]) == [("note", "dead"), ("note", "sent")]


def test_nothing_follows_a_text_that_may_have_been_sent() -> None:
    engine = shop(TEXT_THEN_MAIL, vendor=failing(Answer(Fate.UNKNOWN)))
    assert after(engine, 30, [YES, left(MINA, NOON)]) == [("note", "unknown")]


def test_mail_follows_a_text_that_is_reported_as_not_delivered() -> None:
    report = ((MINUTE, ReportKind.FAILED),)
    engine = shop(TEXT_THEN_MAIL, vendor=failing(Answer(Fate.ACCEPTED, reports=report)))
    assert after(engine, 3, [YES, left(MINA, NOON)]) == [("note", "failed"), ("note", "sent")]


@pytest.mark.parametrize(
    ("repeat", "took", "ends"),
    [
        (Repeat.NEVER, True, "unknown"),
        (Repeat.NEVER, False, "unknown"),
        (Repeat.FIND, True, "sent"),
        (Repeat.FIND, False, "unknown"),
        (Repeat.LOOK_UP, True, "sent"),
        (Repeat.LOOK_UP, False, "sent"),  # the second attempt
        (Repeat.SAME_KEY, True, "sent"),
        (Repeat.SAME_KEY, False, "sent"),
    ],
)
def test_a_worker_dies_while_sending(repeat: Repeat, took: bool, ends: str) -> None:
    vendor = failing(Answer(Fate.DIED_INFLIGHT, took=took), repeat)
    engine = shop(TEXT_THEN_MAIL, vendor=vendor)
    assert after(engine, 3, [YES, left(MINA, NOON)]) == [("note", ends)]
    assert len(vendor.log) == (ends == "sent" or took)


def test_a_worker_that_dies_before_anything_left_costs_two_minutes() -> None:
    engine = shop(TEXT_THEN_MAIL, vendor=failing(Answer(Fate.DIED_CLAIMED)))
    assert after(engine, 3, [YES, left(MINA, NOON)]) == [("note", "sent")]
    assert engine.messages[1].inflight_at == NOON + 32 * MINUTE


def test_a_step_that_waits_is_overtaken_by_the_next_one() -> None:
    night = StoreSettings(quiet={"email": Quiet(from_="11:00", until="23:00")})
    engine = shop(TWO_STEPS, settings=night)
    assert after(engine, 30, [YES, left(MINA, NOON)]) == [
        ("first", "cancelled"),
        ("second", "sent"),
    ]
    assert engine.messages[1].reason == "overtaken by the next step"


@pytest.mark.parametrize(
    ("cart_left", "text_leaves"),
    [("2026-06-13 14:00", "2026-06-14 14:00"), ("2026-06-13 22:00", "2026-06-15 17:00")],
)
def test_a_text_a_day_later_keeps_to_the_hours(cart_left: str, text_leaves: str) -> None:
    """TasOn's own example: what falls into the night goes out at 17:00 of the next day."""
    there = ZoneInfo("America/New_York")
    left_at, leaves = (
        datetime.fromisoformat(one).replace(tzinfo=there).astimezone(UTC)
        for one in (cart_left, text_leaves)
    )
    daily = flow("daily", wait("day", days=1, since="last_activity"), send("note", "sms"))
    quiet = {"sms": Quiet(from_="21:00", until="08:00", resume="17:00")}
    engine = shop(daily, settings=StoreSettings(quiet=quiet), now=left_at)
    engine.tell_all([agreed(MINA, left_at, "sms"), left(MINA, left_at)])
    engine.tick(left_at + 60 * HOUR)
    assert engine.messages[1].inflight_at == leaves


def test_a_message_that_is_too_late_is_not_sent() -> None:
    text = flow("short", send("mail", "email", within_hours=2))
    quiet = StoreSettings(quiet={"email": Quiet(from_="11:00", until="20:00")})
    engine = shop(text, settings=quiet)
    assert after(engine, 30, [YES, left(MINA, NOON)]) == [("mail", "cancelled")]
    assert engine.messages[1].reason == "too late: its time had passed"


def test_two_flows_keep_to_the_cap_and_the_more_important_one_writes_first() -> None:
    steps = wait("w", minutes=10), send("mail", "email")
    low = flow("low", *steps, trigger="order_placed")
    high = flow("high", *steps, trigger="order_placed", rules={"priority": 9})
    engine = shop(low, high, settings=StoreSettings(caps=Caps(per_day=1)))
    after(engine, 20, [YES, ordered(MINA, NOON)])
    first, second = engine.messages.values()
    assert (first.run.row.key, second.run.row.key) == ("high", "low")
    assert first.state == "sent"
    assert second.reason.startswith("other flows wrote to her")


def test_a_paused_flow_waits_and_one_that_is_off_is_over() -> None:
    story = [YES, left(MINA, NOON)]
    paused, off = shop(REMINDER), shop(REMINDER)
    at = NOON + 45 * MINUTE
    pause = Told(at, news.FlowSwitched("reminder", FlowState.PAUSED))
    back = Told(NOON + 5 * HOUR, news.FlowSwitched("reminder", FlowState.ON))
    assert after(paused, 30, [*story, pause, back]) == [("mail", "sent")]
    assert (paused.messages[1].inflight_at or NOON) >= NOON + 5 * HOUR
    stop = Told(at, news.FlowSwitched("reminder", FlowState.OFF))
    assert after(off, 30, [*story, stop]) == []
    assert off.runs[1].reason == "the flow was switched off"


def test_a_run_keeps_to_the_version_that_it_began_with() -> None:
    engine = shop(TWO_STEPS)
    changed = flow("two", send("other", "email"))
    saved = Told(NOON + 45 * MINUTE, news.FlowApplied(read(changed)))
    story = [YES, left(MINA, NOON), saved, agreed(OSCAR, NOON + HOUR, "email")]
    steps = after(engine, 30, [*story, left(OSCAR, NOON + HOUR, "c2")])
    assert steps == [("first", "sent"), ("other", "sent"), ("second", "sent")]


def test_who_is_held_out_hears_of_no_cart_from_any_flow() -> None:
    second = flow("second", send("mail", "email"), rules={"priority": -1, "cooldown_days": 0})
    engine = shop({**REMINDER, "rules": {"cooldown_days": 3}}, second)
    engine.tell(news.HoldoutSet("reminder", Holdout(50, salt_that_holds_out("1"))), NOON)
    again = NOON + 20 * HOUR
    assert after(engine, 60, [YES, left(MINA, NOON), left(MINA, again, "c2")]) == []
    assert [str(run.state) for run in engine.runs.values()] == ["held_out"]
    assert engine.carts[2].held_out


def salt_that_holds_out(person: str) -> str:
    drawn = (f"s{number}" for number in range(100))
    return next(s for s in drawn if Holdout(50, s).arm("reminder", person, NOON) == "held_out")


def test_the_newer_cart_takes_the_place_of_the_older_one() -> None:
    engine = shop(REMINDER)
    newer = left(MINA, NOON + 20 * MINUTE, "c2")
    assert after(engine, 30, [YES, left(MINA, NOON), newer]) == [("mail", "sent")]
    cart = engine.messages[1].cart
    assert cart is not None
    assert cart.external_id == "c2"


def test_an_order_takes_the_run_to_its_own_branch() -> None:
    thanks = send("thanks", "email", transactional=True)
    engine = shop({**TWO_STEPS, "on_order": [thanks]})
    story = [YES, left(MINA, NOON), ordered(MINA, NOON + 2 * HOUR)]
    assert after(engine, 30, story) == [("first", "sent"), ("thanks", "sent")]


def test_the_cap_for_texts_counts_what_may_have_been_sent() -> None:
    texts = StoreSettings(quiet={}, texts=Texts(price={"*": 1.0}, month_cap=1.5))
    text, vendor = flow("text", send("note", "sms")), failing(Answer(Fate.UNKNOWN))
    engine = shop(text, settings=texts, vendor=vendor)
    story = [YES, agreed(OSCAR, NOON, "sms"), left(MINA, NOON), left(OSCAR, NOON, "c2")]
    assert after(engine, 5, story) == [("note", "unknown"), ("note", "cancelled")]
    assert engine.messages[2].reason == "the month's cap for texts is used up"


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (agreed(MINA, NOON + 2 * HOUR, "email", state="no").event, "the person said no"),
        (news.Unsubscribed(MINA, "email"), "the person unsubscribed"),
        (ErasureAsked(MINA, ()), "the person asked to be forgotten"),
        (CartClosed(("c1",), NOON + 2 * HOUR), "the cart is lost"),
    ],
)
def test_what_waits_is_taken_back(what: news.Event, reason: str) -> None:
    night = StoreSettings(quiet={"email": Quiet(from_="14:30", until="09:00")})
    pause = wait("pause", hours=2, minutes=10)
    two = flow("two", send("first", "email"), pause, send("second", "email"))
    engine = shop(two, settings=night)
    story = [YES, left(MINA, NOON), Told(NOON + 3 * HOUR, what)]
    assert after(engine, 30, story) == [("first", "sent"), ("second", "cancelled")]
    assert engine.messages[2].reason == reason


def test_a_code_is_made_once_however_often_the_message_is_tried() -> None:
    offer = {"percent": 5, "free_shipping": True}
    vendor = failing(Answer(Fate.NOT_SENT))
    engine = shop(flow("gift", send("note", "sms", offer=offer)), vendor=vendor)
    assert after(engine, 3, [YES, left(MINA, NOON)]) == [("note", "sent")]
    assert engine.messages[1].attempts == 2
    assert sorted(code.kind for code in engine.made) == ["free_shipping", "percent"]
    assert engine.messages[1].inflight_at == NOON + 30 * MINUTE + timedelta(seconds=30)
