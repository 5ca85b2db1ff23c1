"""A store's settings that could not do what they say are refused, with what to say instead."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from connector.domain.flows.wording import explained
from connector.domain.settings import StoreSettings


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        (
            {"texts": {"price": {"US": 0.01}, "month_cap": 5}},
            "texts: month_cap without a price for all countries: texts would cost nothing — "
            "say texts.price.*, the most that a segment costs",
        ),
        ({"texts": {"most": 1}}, "texts: most without a price for all countries"),
        ({"texts": {"price": {"*": 0}, "month_cap": 5}}, "texts: month_cap without a price"),
        ({"texts": {"price": {"UK": 1}}}, "texts: price: 'UK' is no country — use ISO 3166"),
        ({"exclude": {"ips": ["foo"]}}, "exclude: ips: 'foo' is no IP address or network — write"),
        ({"exclude": {"emails": ["staff"]}}, "exclude: emails: 'staff' is no e-mail address — "),
        ({"exclude": {"domains": ["*.x.example"]}}, "'*.x.example' is no domain — write it as"),
    ],
)
def test_what_would_do_nothing_is_refused(stored: dict[str, Any], said: str) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        StoreSettings.of(stored)
    assert said in str(explained(str(refused.value)))


def test_a_cap_counts_texts_to_every_country() -> None:
    texts = {"price": {"US": 0.01, "*": 0.05}, "month_cap": 0}
    assert StoreSettings.of({"texts": texts}).price_micros("FR", 2) == 100_000
