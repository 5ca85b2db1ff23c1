"""Small flows, written shortly, and what is wrong with them."""

from __future__ import annotations

import json
from typing import Any

from connector.domain.flows import read_text
from connector.domain.flows.checks import StoreMeans, problems
from connector.domain.flows.errors import Problem

PLAIN = frozenset(
    {("email", "reminder"), ("sms", "reminder"), ("email", "thanks"), ("email", "mms")}
)
OFFERS = frozenset({("email", "offer"), ("sms", "offer")})
MEANS = StoreMeans(
    templates=PLAIN | OFFERS,
    show_offer=OFFERS,
    need_offer=OFFERS,
    ask_to_buy=OFFERS | {("email", "reminder"), ("sms", "reminder")},
    currency="USD",
    media=frozenset({"email", "sms"}),
    outlets=frozenset({"slack"}),
)
MAIL = {"medium": "email", "template": "reminder"}
TEXT = {"medium": "sms", "template": "reminder"}
FIVE = {"percent": 5, "otherwise": "reminder"}


def send(step_id: str, **changes: Any) -> dict[str, Any]:
    return {"id": step_id, "send": {**MAIL, **changes}}


def wait(step_id: str, **time: Any) -> dict[str, Any]:
    return {"id": step_id, "wait": time or {"days": 2}}


def choice(step_id: str, where: Any, yes: Any = (), no: Any = ()) -> dict[str, Any]:
    return {"id": step_id, "if": {"where": where, "yes": list(yes), "no": list(no)}}


def found(*steps: Any, means: StoreMeans = MEANS, **head: Any) -> list[Problem]:
    text = {"key": "k", "name": "n", "trigger": "cart_abandoned", "steps": list(steps), **head}
    return problems(read_text(json.dumps(text)), means)


def errors(*steps: Any, **how: Any) -> list[str]:
    return [str(one) for one in found(*steps, **how) if not one.warning]


def warnings(*steps: Any, **how: Any) -> list[str]:
    return [str(one) for one in found(*steps, **how) if one.warning]
