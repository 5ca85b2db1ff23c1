"""Texts that read well and cannot work: refused with line, place and mend."""

from __future__ import annotations

import json

import pytest

from connector.domain.flows import FlowError, read, read_text
from connector.domain.flows.checks import problems
from connector.domain.flows.source import with_lines
from tests.domain.flow_cases import MEANS, errors, send

HEAD = "key: k\nname: n\ntrigger: cart_abandoned\nsteps:\n"
STEP = "  - id: a\n    "
MAIL = f"{STEP}send: {{medium: email, template: reminder}}\n"
SENT = "{id: b, send: {medium: email, template: reminder}}"


def refusal(source: str) -> str:
    """The first thing that is wrong with a text, as its author reads it."""
    try:
        flow = read_text(source)
    except FlowError as refused:
        return str(refused)
    found = [one for one in with_lines(source, problems(flow, MEANS)) if not one.warning]
    assert found, "it is accepted"
    return str(found[0])


def ruled(rules: str, trigger: str = "cart_abandoned") -> str:
    return f"key: k\nname: n\ntrigger: {trigger}\nrules: {rules}\nsteps:\n{MAIL}"


def asking(where: str) -> str:
    return f"{HEAD}{STEP}if:\n        where: {where}\n        yes: [{SENT}]\n"


def entering(where: str, steps: str = MAIL) -> str:
    return f"key: k\nname: n\ntrigger:\n  on: cart_abandoned\n  where: {where}\nsteps:\n{steps}"


def offering(offer: str) -> str:
    return f"{HEAD}{STEP}send: {{medium: email, template: offer, offer: {{{offer}}}}}\n"


def climbing(ladder: str) -> str:
    return f"{HEAD}{STEP}ladder: {{{ladder}}}\n"


RUNGS = "rungs: [{template: reminder}, {template: offer, percent: 5}]"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        # letters and numbers that no text has in it
        (HEAD + MAIL + "# \x00", "line 7: the character U+0000 is no text — take it out"),
        (HEAD.replace("name: n", "name: \ud800"), "line 2: the character U+D800 is no text"),
        (
            HEAD.replace("name: n", r'name: "a\0b"') + MAIL,
            "line 2, name: the character U+0000 is no text — take it out",
        ),
        (HEAD.replace("name: n", r'name: "\ud800"'), "line 2, name: the character U+D800"),
        (HEAD.replace("name: n", r'name: "a\nb"'), "line 2, name: the character U+000A"),
        (HEAD.replace("name: n", "name: ' '") + MAIL, "line 2, name: it is not written as it"),
        (HEAD.replace("key: k", r'key: "k\n"') + MAIL, "line 1, key: the character U+000A"),
        (
            asking("{cart_items: {at_least: 1e400}}"),
            "line 7, steps[0].if.where.cart_items.at_least: 1e400 is too large a number — write",
        ),
        (
            f"{HEAD}{STEP}split: {{variants: [{{name: x, weight: 1e999}}, {{name: y}}]}}",
            "line 6, steps[0].split.variants[0].weight: 1e999 is too large a number",
        ),
        ("key: " + "[" * 101 + "]" * 101, "line 1: it is nested too deeply — split the flow"),
        # triggers
        (
            HEAD.replace("cart_abandoned", "nth_order") + MAIL,
            "line 3, trigger: times belongs to nth_order, and nth_order needs it"
            " — write `trigger: {on: nth_order, times: 30}`",
        ),
        (
            HEAD.replace("cart_abandoned", "win_back") + MAIL,
            "line 3, trigger: days belongs to win_back, and win_back needs it — write",
        ),
        (
            HEAD.replace("cart_abandoned", "{on: [win_back, cart_abandoned], days: 30}") + MAIL,
            "line 3, trigger: win_back stands alone — give the other events a flow of their own",
        ),
        (
            ruled("{exits: [refunded]}", "{on: win_back, days: 30}"),
            "line 4, rules.exits: a flow about people who have not ordered always ends with order",
        ),
        # exclusions
        (
            ruled("{exclude: {ips: [192.0.2.1]}}"),
            "line 4, rules.exclude.ips: no flow knows from which IP address a cart came — "
            "say ips in the store's settings",
        ),
        (
            ruled("{exclude: {ips: [999.1.1.1]}}"),
            "line 4, rules.exclude: ips: '999.1.1.1' is no IP address or network — write 192.0.2",
        ),
        (
            ruled("{exclude: {emails: [staff]}}"),
            "rules.exclude: emails: 'staff' is no e-mail address — write it in full",
        ),
        (
            ruled("{exclude: {emails: ['*@x.example']}}"),
            "'*@x.example' is no e-mail address — write it in full; whole domains under `domains`",
        ),
        (
            ruled("{exclude: {domains: ['@']}}"),
            "rules.exclude: domains: '@' is no domain — write it as example.com",
        ),
        (
            ruled("{exclude: {countries: [UK]}}"),
            "rules.exclude: countries: 'UK' is no country — use ISO 3166: GB, and not UK",
        ),
        # what conditions ask
        (
            asking("{country: [KR, ZZ]}"),
            "line 7, steps[0].if.where.country[1]: there is no country ZZ — use ISO 3166",
        ),
        (asking("{language: [ko-KR]}"), "language[0]: 'ko-KR' is no language's code — write ko"),
        (asking("{language: [KO]}"), "'KO' is no language's code — write ko"),
        (asking("{language: [qq]}"), "'qq' is no language's code — write two small letters: en"),
        (
            asking("{consent: {emial: true}}"),
            "steps[0].if.where.consent: there is no medium 'emial' — use email",
        ),
        (
            asking("{not: {reachable: [fax]}}"),
            "steps[0].if.where.not.reachable: there is no medium 'fax' — use email or sms",
        ),
        (asking("{consent: {kakao: true}}"), "where.consent: this needs KakaoTalk"),
        (asking("{products: ['']}"), "where.products[0]: it must have at least 1 letters"),
        (
            asking("{cart_value: {at_least: 100, at_most: 5}}"),
            "where.cart_value: no number is within these bounds — let them leave something",
        ),
        (asking("{cart_value: {at_most: -5}}"), "where.cart_value: no number is within these"),
        (
            asking("{total_spent: {more_than: 5, less_than: 5.01}}"),
            "where.total_spent: no number is within these bounds",
        ),
        (asking("{orders_count: {exactly: 2.5}}"), "where.orders_count: no number is within these"),
        (
            asking("{cart_items: {more_than: 2, less_than: 3}}"),
            "where.cart_items: no number is within these bounds",
        ),
        (asking("{orders_count: {at_least: 1e9}}"), "orders_count: nobody has 1,000,000,000 — w"),
        (
            entering("{any: [{clicked: true}, {returning: true}]}"),
            "line 5, trigger.where.any[0].clicked: nobody has done that before the flow begins"
            " — take it out, or ask it in an `if` on the way",
        ),
        (entering("{ordered: false}"), "trigger.where.ordered: nobody has done that before"),
        (
            asking("{ordered: true}"),
            "line 8, steps[0].if.yes: an order ends these steps: nobody comes here — put it under",
        ),
        # times
        (
            f"{HEAD}{STEP}wait: {{days: 1, hours: -23}}\n",
            "line 6, steps[0].wait: a time is not less than nothing — take the minus out",
        ),
        (f"{HEAD}{STEP}wait: {{minutes: 0.1}}\n", "that is shorter than a minute — write more"),
        (
            f"{HEAD}{STEP}send: {{medium: email, template: reminder, within_hours: 0.001}}",
            "line 6, steps[0].send: within_hours: that is shorter than a minute — write more",
        ),
        (
            offering("percent: 5, valid_hours: 0"),
            "steps[0].send.offer: valid_hours must be more than 0 — write more",
        ),
        # offers
        (
            offering("percent: 5.555, otherwise: reminder"),
            "line 6, steps[0].send.offer.percent: 5.555 % has too many decimals — write 5.56",
        ),
        (offering("percent: 0.001, otherwise: reminder"), "too many decimals — write 0.01"),
        (
            offering("amount: 1000000000, otherwise: reminder"),
            "steps[0].send.offer.amount: it must be at most 100,000,000 — write less",
        ),
        (
            climbing(f"medium: [], {RUNGS}"),
            "line 6, steps[0].ladder: it goes by no medium — name one: `medium: email`",
        ),
        (
            climbing(f"medium: email, valid_hours: 0, {RUNGS}"),
            "steps[0].ladder: valid_hours must be more than 0 — write more",
        ),
        (
            climbing(f"medium: email, every_hours: -5, {RUNGS}"),
            "steps[0].ladder: every_hours: a time is not less than nothing",
        ),
        (
            climbing(
                "medium: email, rungs: [{template: offer, free_shipping: true}, {template: offer}]"
            ),
            "steps[0].ladder: a ladder only goes up: what one message gives, the next gives too"
            " — let the smallest offer come first",
        ),
        # what is done and told
        (
            f"{HEAD}{STEP}tag: {{add: [VIP], remove: [vip]}}\n",
            "line 6, steps[0].tag: the tag 'vip' is added and removed — keep one of the two",
        ),
        (
            f"{HEAD}{STEP}notify: {{by: email, to: not an address, text: hi}}\n",
            "line 6, steps[0].notify.to: 'not an address' is no e-mail address — write one",
        ),
        (
            f"{HEAD}{MAIL}on_order:\n{MAIL.replace('id: a', 'id: o')}",
            "line 9, on_order[0].send: after the order that ended its flow no marketing leaves"
            " — write `transactional: true` if it is service, else give it a flow of its own",
        ),
    ],
)  # fmt: skip
def test_what_can_never_work_is_refused_with_line_place_and_mend(source: str, said: str) -> None:
    told = refusal(source)
    assert said in told
    assert told.startswith("line ")
    assert " — " in told


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https:// not a url", "it is no address"),
        ("https://u:p@host.example/x", "there is a name or password in it"),
        ("https://x.example:9000/", "port 9000 is not called"),
        ("https://x.example:99999/", "it is no address"),
        ("https://localhost/x", "'localhost' is no host on the internet"),
        ("https://db.internal/x", "'db.internal' is no host on the internet"),
        ("https://2130706433/", "'2130706433' is no host on the internet"),
        ("https://127.1/", "'127.1' is no host on the internet"),
        ("https://127.0.0.1/x", "127.0.0.1 is not on the open internet"),
        ("https://10.0.0.7/x", "10.0.0.7 is not on the open internet"),
        ("https://[::1]/x", "::1 is not on the open internet"),
        ("https://[::ffff:10.0.0.1]/x", "is not on the open internet"),
        ("https://", "'' is no host on the internet"),
    ],
)
def test_a_webhook_goes_to_a_public_address(url: str, why: str) -> None:
    told = refusal(f"{HEAD}{STEP}webhook: {{url: '{url}'}}\n")
    assert told.startswith("line 6, steps[0].webhook.url: ")
    assert why in told
    assert told.endswith("write a public address: https://example.com/path")


@pytest.mark.parametrize("url", ["https://x.example/", "https://www.bücher.example:8443/a?b=c"])
def test_public_addresses_are_fine(url: str) -> None:
    step = {"id": "h", "webhook": {"url": url}}
    assert not [one for one in errors(step, trigger="order_paid") if ".url" in one]


def test_letters_beyond_the_first_plane_survive_json() -> None:
    text = {"key": "k", "name": "🛒", "trigger": "cart_abandoned", "steps": [send("a")]}
    assert read_text(json.dumps(text)).text.name == "🛒"


def test_plain_values_that_lack_something_are_refused_as_texts_are() -> None:
    values = {"key": "k", "name": "n", "trigger": "nth_order", "steps": [send("a")]}
    with pytest.raises(FlowError, match="trigger: times belongs to nth_order"):
        read(values)
