"""Who enters a flow, and when: exclusions that match what they say, and times of the day."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from connector.domain.flows import TriggerKind, read_text
from connector.domain.flows.entry import Happening, Who, begins_at, excluded_by
from connector.domain.flows.flow import Exclusions
from tests.domain.flow_cases import send

ORDERED = datetime(2026, 3, 1, 20, tzinfo=UTC)  # 15:00 in New York, before the clocks change


def begins(trigger: dict[str, Any], at: datetime = ORDERED) -> datetime:
    text = {"key": "k", "name": "n", "trigger": trigger, "steps": [send("a")]}
    happening = Happening(TriggerKind.ORDER_PLACED, "order:1:placed", at)
    return begins_at(read_text(json.dumps(text)), happening, "America/New_York")


@pytest.mark.parametrize(
    ("trigger", "at"),
    [
        ({"on": "order_placed"}, ORDERED),
        ({"on": "order_placed", "at": "11:00"}, datetime(2026, 3, 2, 16, tzinfo=UTC)),
        ({"on": "win_back", "days": 30}, datetime(2026, 3, 31, 20, tzinfo=UTC)),
        ({"on": "win_back", "days": 30, "at": "18:00"}, datetime(2026, 3, 31, 22, tzinfo=UTC)),
    ],
)
def test_a_flow_begins_at_its_time_of_the_day_on_which_its_days_are_over(
    trigger: dict[str, Any], at: datetime
) -> None:
    assert begins(trigger) == at


EVERY_KIND = Exclusions(
    emails=["Ana+news@Example.com"],
    domains=["@Staff.example", "bücher.example"],
    ips=["192.0.2.0/24", "2001:db8::1"],
    countries=["GB"],
)


@pytest.mark.parametrize(
    ("who", "by"),
    [
        (Who(email="ana@example.com"), "e-mail address"),
        (Who(email="x@staff.example"), "e-mail domain"),
        (Who(email="x@BÜCHER.example"), "e-mail domain"),
        (Who(ip="192.0.2.7"), "IP address"),
        (Who(ip="2001:db8::1"), "IP address"),
        (Who(country="GB"), "country"),
        (Who(email="x@other.example", ip="198.51.100.1", country="FR"), ""),
        (Who(), ""),
    ],
)
def test_who_is_excluded_and_by_what(who: Who, by: str) -> None:
    assert excluded_by(EVERY_KIND, who) == by


def test_nobody_is_excluded_by_what_is_not_known_of_her() -> None:
    """Before, an address that is none was compared as "": everybody without one matched."""
    for name, value in (("emails", "staff"), ("domains", "@"), ("ips", "foo")):
        with pytest.raises(msgspec.ValidationError, match=r"is no .* — write"):
            msgspec.convert({name: [value]}, Exclusions)
