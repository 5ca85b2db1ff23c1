"""Flows as text: what is read, what is refused with line, reason and mend, and the way back."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.flows import FlowError, dump, read_text, schema
from connector.services.flow_texts import LIBRARY

HEAD = "key: k\nname: n\ntrigger: cart_abandoned\nsteps:\n"


def refusal(source: str) -> str:
    with pytest.raises(FlowError) as refused:
        read_text(source)
    return str(refused.value)


def test_words_mean_what_they_look_like() -> None:
    """`on`, `yes`, `no`, Norway and times of day: YAML 1.1 would make them true and numbers."""
    flow = read_text(
        """
        key: words
        name: Words
        trigger: {on: [cart_abandoned], at: 11:00, where: {country: [NO]}}
        steps:
          - id: ask
            if:
              where: {returning: true}
              yes: [{id: one, send: {medium: sms, template: reminder}}]
              no: [{id: two, send: {medium: email, template: reminder}}]
        """
    )
    assert flow.text.entry.at == "11:00"
    assert flow.text.entry.where is not None
    assert flow.text.entry.where.country == ["NO"]
    assert flow.nodes["ask"].exits["no"] == "two"


def test_the_library_is_written_by_the_same_rules() -> None:
    for path in LIBRARY.glob("*.yaml"):
        flow = read_text(path.read_text())
        assert flow.key == path.stem
        assert read_text(dump(flow)).text == flow.text


@pytest.mark.parametrize(
    ("source", "says"),
    [
        # of the text itself
        ("", "a flow begins with `key:`"),
        ("- a\n- b", "a flow begins with `key:`"),
        ("key: [", "line 1: this is no YAML"),
        ("key: a\nkey: b", "line 2: 'key' is there twice — keep one of them"),
        ("key: &a k\nname: *a", "line 2: aliases (*) are not read — write it out"),
        ("? [a]\n: b", "line 1: a name is one word"),
        ("key: !!python/name:os.system x", "line 1: this is no YAML"),
        ("{a: " * 300 + "1" + "}" * 300, "nested too deeply"),
        ("key: " + "x" * 64_000, "longer than 64 kB"),
        ("key: \x01", "this is no YAML text"),
        ("name: n", "key is missing — add `key: ...`"),
        # unknown and missing fields
        (HEAD + "  - id: a\n    sned: {}", "line 6, steps[0].sned: 'sned' is not known here — did you mean"),
        (HEAD + "  - id: a\n    send: {medium: sms}", "line 6, steps[0].send: template is missing"),
        (
            HEAD + "  - id: a\n    send: {medium: sms, template: t, hours: 3}",
            "'hours' is not known here — it belongs elsewhere",
        ),
        (HEAD + "  - wait: {hours: 1}", "line 5, steps[0]: id is missing"),
        (HEAD + "  - id: a", "line 5, steps[0]: step 'a': say exactly one of wait, wait_until"),
        (
            HEAD + "  - id: a\n    wait: {hours: 1}\n    end: {}",
            "line 5, steps[0]: step 'a': say exactly one",
        ),
        # values
        ("key: k\nname: n\ntrigger: cart_abandonned\nsteps: []", "did you mean 'cart_abandoned'?"),
        (HEAD[:-7] + "steps: []", "line 4, steps: it must have at least 1 entries"),
        (HEAD + "  - id: A b\n    end: {}", "steps[0].id: it is not written as it should be"),
        (HEAD + "  - id: a\n    wait: {hours: 0}", "line 6, steps[0].wait: a wait is longer than"),
        (HEAD + "  - id: a\n    wait: {days: 91}", "line 6, steps[0].wait: 91 days is too long"),
        (HEAD + "  - id: a\n    wait: {hours: 1e300}", "too long: 90 days at most"),
        (HEAD + "  - id: a\n    wait: {hours: soon}", "wait.hours: this must be a number, not a text"),
        (
            HEAD + "  - id: a\n    wait_until: {time: 9 am}",
            'wait_until.time: it is not written as it should be — a time of day, as "09:30"',
        ),
        (
            HEAD + "  - id: a\n    send: {medium: sms, template: t, offer: {percent: 101}}",
            "line 6, steps[0].send.offer.percent: it must be at most 100",
        ),
        (
            HEAD + "  - id: a\n    send:\n      medium: sms\n      template: t\n      offer: {}",
            "line 9, steps[0].send.offer: an offer gives percent, amount or free_shipping",
        ),
        (
            HEAD + "  - id: a\n    if: {where: {}}",
            "line 6, steps[0].if.where: an empty condition",
        ),
        (
            HEAD + "  - id: a\n    split: {variants: [{name: x}, {name: x}]}",
            "steps[0].split: two variants have the same name",
        ),
        (
            HEAD + "  - id: a\n    ladder: {medium: sms, rungs: [{template: t, percent: 9}, {template: t}]}",
            "steps[0].ladder: a ladder only goes up",
        ),
        (HEAD + "  - id: a\n    webhook: {url: 'http://x.example'}", "begins with https://"),
        (
            "key: k\nname: n\ntrigger: {on: nth_order}\nsteps: [{id: a, end: {}}]",
            "trigger: times belongs to nth_order, and nth_order needs it",
        ),
        # how the steps hang together
        (HEAD + "  - id: a\n    end: {}\n  - id: a\n    end: {}", "line 7, steps[1]: step 'a' is there"),
        (
            HEAD + "  - id: a\n    next: b\n    wait: {hours: 1}",
            "line 5, steps[0]: next: there is no step 'b' — use a or end",
        ),
        (
            HEAD + "  - id: a\n    next: b\n    wait: {hours: 1}\non_order:\n  - id: b\n    end: {}",
            "next: 'b' is in the other branch",
        ),
    ],
)  # fmt: skip
def test_a_text_is_refused_with_line_reason_and_mend(source: str, says: str) -> None:
    assert says in refusal(source)


def test_lines_are_right_inside_arms_and_after_a_ladder() -> None:
    """A ladder stands for several steps; what follows it keeps its own line."""
    source = HEAD + (
        "  - id: up\n"
        "    ladder: {medium: sms, rungs: [{template: a}, {template: b, percent: 5}]}\n"
        "  - id: part\n"
        "    split:\n"
        "      variants:\n"
        "        - name: x\n"
        "          steps:\n"
        "            - id: up\n"
        "              end: {}\n"
        "        - name: y\n"
    )
    assert "line 12, steps[1].split.x[0]: step 'up' is there twice" in refusal(source)


def test_the_published_schema_is_that_of_the_code() -> None:
    published = json.loads((LIBRARY / "flow.schema.json").read_text())
    assert published == schema(), (
        "renew it: cartwright flows schema > templates/flows/flow.schema.json"
    )


words = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)
lines = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
hours = st.integers(1, 500) | st.floats(0.25, 500).map(lambda h: round(h, 3))
numbers = st.integers(0, 10**6) | st.floats(0, 10**6).map(lambda n: round(n, 2))
offers = st.fixed_dictionaries(
    {"percent": st.integers(1, 100) | st.floats(0.5, 100)},
    optional={"free_shipping": st.booleans(), "minimum": st.integers(1, 500), "otherwise": words},
)
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
                {"wait_for": st.fixed_dictionaries({"event": st.just("click"), "hours": hours, "happened": inner})}
            ),
        ),
        min_size=1,
        max_size=3,
    ),
    max_leaves=6,
)  # fmt: skip
flows = st.fixed_dictionaries(
    {"key": words, "name": lines, "trigger": st.sampled_from(["order_paid", "cart_abandoned"]), "steps": steps},
    optional={
        "about": lines,
        "on_order": st.just("continue"),
        "rules": st.fixed_dictionaries(
            {}, optional={"cooldown_days": st.integers(0, 365), "exits": st.sampled_from([[], ["order"]])}
        ),
    },
)  # fmt: skip


def numbered(steps: list[dict[str, Any]], prefix: str = "s") -> list[dict[str, Any]]:
    """The steps with ids of their own, those in arms too."""
    for index, step in enumerate(steps):
        step["id"] = f"{prefix}{index}"
        for kind, arm in (("if", "yes"), ("if", "no"), ("wait_for", "happened")):
            if kind in step:
                step[kind] = {**step[kind], arm: numbered(step[kind][arm], f"{step['id']}{arm}-")}
    return steps


@given(flows)
def test_a_flow_survives_the_way_through_text(made: dict[str, Any]) -> None:
    made["steps"] = numbered(json.loads(json.dumps(made["steps"])))
    flow = read_text(yaml.safe_dump(made))
    again = read_text(dump(flow))
    assert again.text == flow.text
    assert again.nodes == flow.nodes
    assert dump(again) == dump(flow)


@given(st.text(max_size=200) | st.binary(max_size=100).map(lambda b: b.decode("latin-1")))
def test_whatever_is_written_is_read_or_refused(source: str) -> None:
    try:
        read_text(source)
    except FlowError as refused:
        assert refused.problem.what
