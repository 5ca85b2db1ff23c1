"""A dry run says who, when, by which channel, and why not."""

from __future__ import annotations

from connector.domain.flows import read
from connector.domain.settings import Caps, Quiet, StoreSettings, Texts
from connector.rehearsal.backtest import Backtest, FlowDays, History, backtest
from tests.rehearsal.cast import (
    HOUR,
    MINA,
    NOON,
    OSCAR,
    SHOP,
    agreed,
    cart,
    flow,
    order,
    send,
    wait,
)

DAY = 24 * HOUR
RECOVERY = flow(
    "recovery",
    wait("calm", hours=1, since="last_activity"),
    send("mail", "email"),
    wait("day", hours=12),
    send("text", "sms", offer={"percent": 5, "free_shipping": True}, within_hours=48),
)
REVIEW = flow("review", wait("some", hours=20), send("ask", "email"), trigger="order_placed")
SETTINGS = StoreSettings(
    quiet={"sms": Quiet(from_="20:00", until="10:00")},
    texts=Texts(price={"US": 0.01}),
    caps=Caps(per_day=1),
)
HISTORY = History(
    SHOP,
    carts=(cart(MINA, NOON), cart(OSCAR, NOON + HOUR, "c2"), cart(OSCAR, NOON + 3 * HOUR, "c3")),
    orders=(order(MINA, NOON + 2 * HOUR),),
    others=(agreed(MINA, NOON, "email", "sms"), agreed(OSCAR, NOON - DAY, "email", "sms")),
)


def dry_run(history: History = HISTORY, since: int = 0) -> Backtest:
    flows = [read(RECOVERY), read(REVIEW)]
    return backtest(flows, SETTINGS, history, NOON + since * HOUR, NOON + 30 * DAY)


def steps(flow: FlowDays) -> list[tuple[str, str, str]]:
    return [(write.who, write.step_id, write.why_not) for write in flow.writes]


def test_who_enters_and_what_goes_out() -> None:
    recovery = dry_run().flows["recovery"]
    assert [(one.who, one.about, one.ended) for one in recovery.entered] == [
        ("email:mina@example.com", "cart:c1", "ordered"),
        ("email:oscar@example.com", "cart:c2", "all steps done"),
    ]
    assert steps(recovery) == [
        ("email:mina@example.com", "mail", ""),
        ("email:oscar@example.com", "mail", ""),
        ("email:oscar@example.com", "text", ""),
    ]
    assert recovery.merged == 1
    assert recovery.sent == 3


def test_when_it_goes_out_and_what_it_waited_for() -> None:
    text = dry_run().flows["recovery"].writes[-1]
    assert text.planned_for == NOON + 14 * HOUR  # 2 in the morning
    assert text.left_at == NOON + 22 * HOUR  # 10 o'clock
    [waited] = text.deferrals
    assert (waited.since, waited.until) == (text.planned_for, text.left_at)
    assert waited.reason == "quiet hours where she is"


def test_codes_and_the_cost_of_texts_are_counted() -> None:
    recovery = dry_run().flows["recovery"]
    assert recovery.codes == 2
    assert recovery.cost_micros == 10_000


def test_collisions_with_other_flows_are_told() -> None:
    review = dry_run().flows["review"]
    [ask] = review.writes
    assert ask.left_at == NOON + 25 * HOUR  # a day after the reminder
    assert review.held_up_by_others == 1


def test_who_is_left_out_is_told_with_the_reason() -> None:
    again = HISTORY.carts[0], cart(MINA, NOON + 2 * DAY, "c9")
    history = History(SHOP, carts=again, others=HISTORY.others)
    [refusal] = dry_run(history).flows["recovery"].refused
    assert refusal.about == "cart:c9"
    assert refusal.reason.startswith("cool-down")


def test_what_came_before_is_known_but_enters_no_flow() -> None:
    recovery = dry_run(since=2).flows["recovery"]
    assert [one.about for one in recovery.entered] == ["cart:c3"]


def test_progress_is_told() -> None:
    heard: list[tuple[int, int]] = []
    backtest([read(RECOVERY)], SETTINGS, HISTORY, NOON, NOON + DAY, lambda *n: heard.append(n))
    assert heard == [(6, 6)]


def test_a_message_without_consent_says_so() -> None:
    history = History(SHOP, carts=(cart(MINA, NOON),), others=())
    write = dry_run(history).flows["recovery"].writes[-1]
    assert write.why_not == "no consent to texts: a phone typed at checkout is none"
