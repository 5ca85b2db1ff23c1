"""Flows of all shapes, made up."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

words = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)
lines = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(
    lambda text: not text.isspace()
)
hours = st.integers(1, 500) | st.floats(0.25, 500).map(lambda h: round(h, 3))
numbers = st.integers(0, 10**6) | st.floats(0, 10**6).map(lambda n: round(n, 2))
offers = st.fixed_dictionaries(
    {"percent": st.integers(1, 100) | st.floats(0.5, 100)},
    optional={"free_shipping": st.booleans(), "minimum": st.integers(1, 500), "otherwise": words},
)
countries = st.sampled_from(["NO", "KR", "US"])
notices = st.fixed_dictionaries({"by": st.just("slack"), "text": lines})
questions: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.one_of(
        st.fixed_dictionaries({"cart_value": st.fixed_dictionaries({"at_least": numbers})}),
        st.fixed_dictionaries(
            {"country": st.lists(st.sampled_from(["NO", "KR", "US"]), min_size=1)}
        ),
        st.fixed_dictionaries({"consent": st.dictionaries(words, st.booleans(), min_size=1)}),
        st.fixed_dictionaries({"tags": st.lists(lines, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"returning": st.booleans(), "random_percent": st.integers(1, 99)}),
    ),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"not": inner}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
    ),
    max_leaves=5,
)
leaves = st.one_of(
    st.fixed_dictionaries({"wait": st.fixed_dictionaries({"hours": hours})}),
    st.fixed_dictionaries({"wait_until": st.just({"time": "09:30", "days": [1, 5]})}),
    st.fixed_dictionaries(
        {
            "send": st.fixed_dictionaries(
                {"medium": words | st.lists(words, min_size=1, max_size=2), "template": words},
                optional={"offer": offers, "transactional": st.booleans()},
            )
        }
    ),
    st.fixed_dictionaries({"tag": st.fixed_dictionaries({"add": st.lists(lines, min_size=1)})}),
    st.fixed_dictionaries(
        {"notify": st.fixed_dictionaries({"by": st.just("slack"), "text": lines})}
    ),
    st.just({"end": {}}),
)
steps: st.SearchStrategy[list[dict[str, Any]]] = st.recursive(
    st.lists(leaves, min_size=1, max_size=4),
    lambda inner: st.lists(
        st.one_of(
            leaves,
            st.fixed_dictionaries(
                {"if": st.fixed_dictionaries({"where": questions, "yes": inner, "no": inner})}
            ),
            st.fixed_dictionaries(
                {
                    "wait_for": st.fixed_dictionaries(
                        {"event": st.just("click"), "hours": hours, "happened": inner}
                    )
                }
            ),
        ),
        min_size=1,
        max_size=3,
    ),
    max_leaves=6,
)
flows = st.fixed_dictionaries(
    {
        "key": words,
        "name": lines,
        "trigger": st.sampled_from(["order_paid", "cart_abandoned"]),
        "steps": steps,
    },
    optional={
        "about": lines,
        "on_order": st.just("continue"),
        "rules": st.fixed_dictionaries(
            {},
            optional={
                "cooldown_days": st.integers(0, 365),
                "exits": st.sampled_from([[], ["order"]]),
            },
        ),
    },
)


def of_its_own(made: dict[str, Any]) -> dict[str, Any]:
    """A made up flow whose steps have an id each."""
    return {**made, "steps": numbered(json.loads(json.dumps(made["steps"])))}


def numbered(steps: list[dict[str, Any]], prefix: str = "s") -> list[dict[str, Any]]:
    """The steps with ids of their own, those in arms too."""
    for index, step in enumerate(steps):
        step["id"] = f"{prefix}{index}"
        for kind, arm in (("if", "yes"), ("if", "no"), ("wait_for", "happened")):
            if kind in step:
                step[kind] = {**step[kind], arm: numbered(step[kind][arm], f"{step['id']}{arm}-")}
    return steps
