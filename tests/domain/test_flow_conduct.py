"""Flows that do not fit the store, or do not behave: refused with place and mend."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.domain.flow_cases import FIVE, MEANS, TEXT, choice, errors, send, wait, warnings


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"template": "remnder"},
            "steps[0].send.template: there is no email template 'remnder' — use reminder",
        ),
        (
            {"medium": ["email", "sms"], "template": "thanks"},
            "steps[0].send.template: there is no sms template 'thanks'",
        ),
        (
            {"template": "offer", "offer": {"percent": 5, "otherwise": "remind"}},
            "steps[0].send.offer.otherwise: there is no email template 'remind' — use reminder",
        ),
        (
            {"template": "offer", "offer": {"percent": 5, "otherwise": "offer"}},
            "steps[0].send.offer.otherwise: 'offer' is about an offer too",
        ),
        ({"offer": FIVE}, "the email template 'reminder' does not show the offer — use offer"),
        ({"template": "offer"}, "the email template 'offer' is about an offer, and there is none"),
        ({"medium": "emial"}, "steps[0].send.medium: there is no medium 'emial' — use email"),
        ({"medium": ["sms", "sms"]}, "steps[0].send.medium: a medium is there twice"),
    ],
)
def test_media_and_templates_must_exist_and_suit(changes: dict[str, Any], said: str) -> None:
    rules = {"offer_in_first": True}
    assert any(said in one for one in errors(send("a", **changes), rules=rules))


def test_a_medium_without_an_account_is_a_warning_while_another_works() -> None:
    mail_only = replace(MEANS, media=frozenset({"email"}))
    steps = send("a", medium=["sms", "email"])
    assert errors(steps, means=mail_only) == []
    assert warnings(steps, means=mail_only) == [
        "steps[0].send.medium: the store has no account for sms — "
        "`cartwright stores account STORE VENDOR`"
    ]
    assert "the store has no account for sms" in errors(send("a", **TEXT), means=mail_only)[0]
    assert errors(send("a", **TEXT), means=replace(MEANS, media=None)) == []


@pytest.mark.parametrize(
    ("steps", "head", "said"),
    [
        ([send("a")], {"trigger": "product_viewed"}, "trigger: this needs product views"),
        ([send("a")], {"trigger": "points_changed"}, "trigger: this needs points for purchases"),
        ([send("a")], {"trigger": "segment_joined"}, "trigger: this needs segments"),
        (
            [choice("c", {"not": {"segment": "vip"}}, yes=[send("a")])], {},
            "steps[0].if.where.not.segment: this needs segments",
        ),
        (
            [choice("c", {"viewed": ["1"]}, yes=[send("a")])], {},
            "steps[0].if.where.viewed: this needs product views",
        ),
        ([send("a", pictures=True)], {}, "steps[0].send.pictures: this needs pictures in messages"),
        ([send("a", medium="kakao")], {}, "steps[0].send.medium: this needs KakaoTalk"),
    ],
)  # fmt: skip
def test_what_a_later_capability_does_is_refused_until_then(
    steps: list[Any], head: dict[str, Any], said: str
) -> None:
    (refused,) = errors(*steps, **head)
    assert refused == f"{said}, which is not there yet — take it out until it is"
    able = replace(MEANS, capabilities=frozenset({said.partition("needs ")[2]}))
    assert errors(*steps, means=able, **head) == []


def test_a_reminder_is_marketing_whatever_it_is_called() -> None:
    service = send("a", transactional=True)
    what = "steps[0].send.transactional: a reminder is marketing, whatever it is called"
    assert what in errors(service)[0]
    assert what in errors(service, trigger={"on": "win_back", "days": 60})[0]
    assert "asks to buy" in errors(service, trigger="order_paid")[0]
    thanks = send("t", template="thanks", transactional=True)
    assert errors(thanks, trigger="order_paid") == []
    assert errors(send("a"), on_order=[thanks]) == []


def test_an_offer_is_marketing_also_in_a_thank_you() -> None:
    gift = send("t", template="offer", offer=FIVE, transactional=True)
    (said,) = errors(send("a"), on_order=[gift])
    assert said.startswith("on_order[0].send.transactional: a message with an offer is marketing")


@pytest.mark.parametrize(
    ("where", "arm", "refused"),
    [
        ({"consent": {"sms": False}}, "yes", True),
        ({"consent": {"sms": True}}, "no", True),
        ({"not": {"consent": {"sms": True}}}, "yes", True),
        ({"not": {"any": [{"consent": {"sms": False}}]}}, "no", True),
        ({"all": [{"returning": True}, {"consent": {"sms": False}}]}, "yes", True),
        ({"any": [{"returning": True}, {"consent": {"sms": True}}]}, "no", True),
        ({"any": [{"returning": True}, {"consent": {"sms": False}}]}, "yes", False),
        ({"returning": True, "consent": {"sms": True}}, "no", False),
        ({"consent": {"sms": True}}, "yes", False),
        ({"consent": {"email": False}}, "yes", False),
    ],
)
def test_nobody_is_written_to_in_an_arm_for_those_who_did_not_agree(
    where: Any, arm: str, refused: bool
) -> None:
    step = choice("c", where, **{arm: [send("a", **TEXT)]})
    inner = f"steps[0].if.{arm}[0].send.medium: only people come here who did not agree to sms"
    assert [inner in one for one in errors(step)] == [True] * refused


def test_a_code_must_have_been_offered_on_every_way() -> None:
    make = {"id": "gift", "discount": FIVE}
    show = send("b", template="offer", code_of="gift")
    assert errors(make, send("a"), wait("w"), show) == []
    assert "there is no discount step 'gfit' — use gift" in " ".join(
        errors(make, send("a"), wait("w"), send("b", template="offer", code_of="gfit"))
    )
    sometimes = choice("c", {"returning": True}, yes=[make])
    assert errors(send("a"), sometimes, wait("w"), show) == [
        "steps[3].send.code_of: a run can come here without passing the discount step 'gift'"
        " — put it before the steps part ways"
    ]
    assert "is in the other branch" in errors(make, send("a"), on_order=[show])[0]


def test_a_discount_that_no_message_shows_is_pointed_out() -> None:
    assert "no message shows the code of 'gift'" in warnings(
        send("a"), {"id": "gift", "discount": FIVE}, wait("w"), send("b")
    )[0]  # fmt: skip


def test_no_offer_in_the_first_message_of_any_way() -> None:
    gift = send("b", template="offer", offer=FIVE)
    what = "an offer in the first message"
    assert f"steps[0].send: {what}" in errors(gift)[0]
    assert errors(gift, rules={"offer_in_first": True}) == []
    one_arm = choice("c", {"returning": True}, yes=[send("a"), wait("w")])
    assert f"steps[1].send: {what}" in errors(one_arm, gift)[0]
    both = choice("c", {"returning": True}, yes=[send("a")], no=[send("d")])
    assert errors(both, wait("w"), gift) == []


def test_an_offer_without_a_plan_b_is_pointed_out() -> None:
    gift = send("b", template="offer", offer={"percent": 5})
    assert warnings(send("a"), wait("w"), gift) == [
        "steps[2].send.offer: who has had her share of offers gets no message at all here — "
        "name a template without an offer: `otherwise: ...`"
    ]


def test_a_series_that_breaks_the_cap_by_itself_is_pointed_out_with_the_numbers() -> None:
    """Mailchimp's 1 h, 6 h, 24 h."""
    steps = (
        wait("u", hours=1),
        send("a"),
        wait("v", hours=5),
        send("b"),
        wait("w", hours=18),
        send("c"),
    )
    day, week = warnings(*steps)
    assert "steps[1]: 3 messages within 24 h; the cap is 1 a day for other flows" in day
    assert "3 messages within 7 days; the cap is 2 a week for other flows" in week
    assert warnings(*steps, means=replace(MEANS, per_day=0, per_week=3)) == []


def test_messages_a_day_apart_keep_the_cap() -> None:
    assert warnings(send("a"), wait("w", hours=24), send("b")) == []
    assert warnings(send("a"), wait("w", hours=23.9), send("b")) != []
    morning = {"id": "m", "wait_until": {"time": "10:00"}}
    assert warnings({**morning, "id": "l"}, send("a"), morning, send("b")) == []


def test_of_two_arms_the_fuller_one_counts() -> None:
    split = choice("c", {"returning": True}, yes=[send("a"), send("b")], no=[send("d")])
    assert "steps[0].if.yes[0]: 2 messages within 24 h" in warnings(split)[0]


def test_of_very_many_ways_the_fullest_is_found() -> None:
    """Sixty choices make 2^60 ways."""
    arms = [
        choice(f"c{n}", {"returning": True}, [wait(f"w{n}", minutes=n + 1)], [send(f"s{n}")])
        for n in range(60)
    ]
    assert "61 messages within 24 h" in warnings(*arms, send("z"))[0]


def test_a_second_text_is_pointed_out_because_of_american_carriers() -> None:
    series = (send("a", **TEXT), wait("w", days=4), send("b", **TEXT))
    assert "numbers in the US get one text a cart" in warnings(*series)[0]
    korean = {"on": "cart_abandoned", "where": {"country": ["KR"]}}
    assert warnings(*series, trigger=korean) == []
    assert warnings(*series, trigger="order_paid") == []
    either = choice("c", {"returning": True}, yes=[send("a", **TEXT)], no=[send("b", **TEXT)])
    assert warnings(either) == []


def test_a_flow_about_carts_ends_with_order_and_empty_cart() -> None:
    assert errors(send("a"), rules={"exits": ["order"]}) == [
        "rules.exits: a flow about carts always ends with cart_emptied — "
        "add that, or take `exits` out"
    ]
    assert errors(send("a"), rules={"exits": ["order", "cart_emptied"]}) == []
    assert errors(send("a"), rules={"exits": []}, trigger="order_paid") == []


def test_whoever_is_told_must_be_set_up() -> None:
    slack = {"id": "s", "notify": {"by": "slack", "text": "hi"}}
    mail = {"id": "m", "notify": {"by": "email", "text": "hi"}}
    hook = {"id": "h", "webhook": {"url": "https://x.example/"}}
    assert errors(slack, trigger="order_paid") == []
    assert errors(hook, trigger="order_paid") == [
        "steps[0].webhook: webhook is not set up for this store — "
        "`cartwright stores account STORE webhook`"
    ]
    assert "the store has no address for its staff" in errors(mail, trigger="order_paid")[0]
    to_ana = {"id": "m", "notify": {"by": "email", "text": "hi", "to": "ana@x.example"}}
    assert errors(to_ana, trigger="order_paid") == []
    no_mail = replace(MEANS, media=frozenset({"sms"}))
    assert "no account for email" in errors(to_ana, trigger="order_paid", means=no_mail)[0]
