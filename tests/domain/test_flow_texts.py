"""Flows as text: what is read, what is refused with line, reason and mend, and the way back."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.flows import FlowError, dump, read_text, schema
from connector.services.flow_texts import LIBRARY
from tests.domain.flow_strategies import flows, of_its_own

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
        ("key: \x01", "line 1: the character U+0001 is no text — take it out"),
        ("name: n", "key is missing — add `key: ...`"),
        # unknown and missing fields
        (HEAD + "  - id: a\n    sned: {}", "line 6, steps[0].sned: 'sned' is not known here"),
        (HEAD + "  - id: a\n    sned: {}", "did you mean 'send'?"),
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
        (HEAD + "  - id: a\n    wait: {hours: 1e14}", "too long: 90 days at most — write less"),
        (
            HEAD + "  - id: a\n    wait: {hours: 1e300}",
            "line 6, steps[0].wait.hours: 1e300 is too large a number — write less",
        ),
        (HEAD + "  - id: a\n    wait: {hours: soon}", "this must be a number, not a text"),
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
            HEAD + "  - id: a\n    ladder:\n      medium: sms\n"
            "      rungs: [{template: t, percent: 9}, {template: t}]",
            "steps[0].ladder: a ladder only goes up",
        ),
        (HEAD + "  - id: a\n    webhook: {url: 'http://x.example'}", "begins with https://"),
        (
            "key: k\nname: n\ntrigger: {on: nth_order}\nsteps: [{id: a, end: {}}]",
            "trigger: times belongs to nth_order, and nth_order needs it",
        ),
        # how the steps hang together
        (HEAD + "  - id: a\n    end: {}\n  - id: a\n    end: {}", "line 7, steps[1]: step 'a' is"),
        (
            HEAD + "  - id: a\n    next: b\n    wait: {hours: 1}",
            "line 5, steps[0]: next: there is no step 'b' — use a or end",
        ),
        (
            HEAD + "  - id: a\n    next: b\n    end: {}\non_order: [{id: b, end: {}}]",
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


@given(flows)
def test_a_flow_survives_the_way_through_text(made: dict[str, Any]) -> None:
    flow = read_text(json.dumps(of_its_own(made)))
    again = read_text(dump(flow))
    assert again.text == flow.text
    assert again.nodes == flow.nodes
    assert dump(again) == dump(flow)


@given(st.text(max_size=200) | st.binary(max_size=100).map(lambda b: b.decode("latin-1")))
def test_whatever_is_written_is_read_or_refused(source: str) -> None:
    with contextlib.suppress(FlowError):
        read_text(source)
