"""What shoppers read: warm, in their language, and safe against what strangers typed."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from connector.domain.texts import KOREAN_SMS_BYTES, korean_bytes, segments
from connector.rendering import BadTemplate, preview, render
from connector.rendering.liquid import fill, parse
from connector.rendering.mjml import compiled
from connector.rendering.samples import context

ALL = preview()
TEXTS = {name for name in ALL if name.startswith("sms/")}
MARKETING = sorted(name for name in ALL if "/thanks." not in name)


def mail(template: str = "reminder", locale: str = "en", **changes: Any) -> Any:
    return render(template, "email", {**context(template, locale), **changes}, locale)


class TestTheMessages:
    @pytest.mark.parametrize("name", sorted({name.rpartition(".")[0] for name in ALL}))
    @pytest.mark.parametrize("language", ["en", "ko"])
    def test_each_message_is_there_in_each_language(self, name: str, language: str) -> None:
        rendered = ALL[f"{name}.{language}"]
        assert rendered.text
        is_mail = name.startswith("email/")
        assert bool(rendered.subject) == bool(rendered.html) == is_mail

    @pytest.mark.parametrize("name", MARKETING)
    def test_marketing_always_names_the_way_out(self, name: str) -> None:
        rendered = ALL[name]
        if name.startswith("email/"):
            assert rendered.html.count("/u/0123456789abcdefghijkl") == 1
            assert rendered.text.count("/u/0123456789abcdefghijkl") == 1
        elif name.endswith(".en"):
            assert rendered.text.endswith("Reply STOP to opt out")
        else:
            assert rendered.text.endswith("STOP")

    @pytest.mark.parametrize("name", [name for name in MARKETING if name.endswith(".ko")])
    def test_korean_advertising_says_so_first_and_once(self, name: str) -> None:
        rendered = ALL[name]
        mail = name.startswith("email/")
        assert (rendered.subject if mail else rendered.text).startswith("(광고)")
        assert rendered.text.count("(광고)") == 1
        assert rendered.subject.count("(광고)") == mail

    @pytest.mark.parametrize("name", sorted(ALL))
    def test_nothing_of_the_template_language_is_left(self, name: str) -> None:
        shown = ALL[name].text + ALL[name].subject + ALL[name].html
        assert not re.search(r"\{\{|\{%|<mj-|<!-- part|<!-- content", shown)

    def test_the_reminder_shows_the_cart_and_one_way_back_without_an_offer(self) -> None:
        rendered = mail()
        for shown in ("Trail jacket", "Forest green / M", "$89.00", "× 2", "$137.00", "jacket.jpg"):
            assert shown in rendered.html
        assert rendered.html.count('href="https://go.oscar.example/r/') == 1
        assert "%" not in rendered.text
        assert "https://go.oscar.example/u/" in rendered.text

    def test_the_offer_carries_code_deadline_and_way_out(self) -> None:
        text = ALL["sms/offer.en"].text
        for shown in ("BACK-7KQ2M9XW4T", "5%", "24 Nov", "/r/", "Reply STOP to opt out"):
            assert shown in text

    # Two codes and free shipping do not fit into one: they go as a long text.
    @pytest.mark.parametrize("name", sorted(TEXTS - {"sms/last_hour.en", "sms/last_hour.ko"}))
    def test_a_text_is_billed_as_one(self, name: str) -> None:
        text = ALL[name].text
        if name.endswith(".ko"):
            assert korean_bytes(text) <= KOREAN_SMS_BYTES
        else:
            assert segments(text) == 1

    def test_a_short_link_leaves_room_for_whole_words(self) -> None:
        values = context("offer", "ko") | {"link": "https://m.kr/r/0123456789abcd"}
        text = render("offer", "sms", values, "ko").text
        assert "미나상점 5%할인 BACK-7KQ2M9XW4T 11/24까지" in text
        assert len(text.encode("euc-kr")) <= 90

    @pytest.mark.parametrize("language", ["en", "ko"])
    def test_a_thank_you_is_no_advertising(self, language: str) -> None:
        for medium in ("email", "sms"):
            rendered = ALL[f"{medium}/thanks.{language}"]
            shown = rendered.text + rendered.subject + rendered.html
            assert "#1001" in shown
            assert not re.search(r"광고|STOP|/u/|Unsubscribe|수신거부|BACK-", shown)

    def test_a_long_cart_is_cut_and_says_so(self) -> None:
        line = context("reminder", "en")["cart"]["lines"][0]
        rendered = mail(cart={"lines": [line] * 13, "total": "$1,157.00"})
        assert rendered.html.count("Forest green") == 10
        assert "+ 3 more" in rendered.html

    def test_a_nameless_shopper_is_greeted_all_the_same(self) -> None:
        assert "Hi there," in mail(contact={"first_name": ""}).text
        assert "\n안녕하세요" in mail(locale="ko", contact={"first_name": ""}).text

    @pytest.mark.parametrize(
        ("template", "why"),
        [
            ("benefits", "you left something in your cart at"),
            ("payment_failed", "an order of yours is not paid yet at"),
            ("win_back", "you have ordered before at"),
            ("welcome", "you ordered for the first time at"),
            ("review", "you ordered something at"),
        ],
    )
    def test_a_mail_says_why_she_gets_it(self, template: str, why: str) -> None:
        assert f"You get this mail because {why}" in mail(template).html

    def test_the_welcome_sells_nothing(self) -> None:
        assert "/r/" not in mail("welcome").html


class TestLanguages:
    @pytest.mark.parametrize(
        ("locale", "fallback", "language"),
        [
            ("ko", "", "ko"),
            ("ko-KR", "", "ko"),
            ("ko_KR", "en", "ko"),
            ("KO", "", "ko"),
            ("fr-CA", "ko-KR", "ko"),
            ("fr", "de", "en"),
            ("", "", "en"),
            ("../../etc", "", "en"),
        ],
    )
    def test_the_readers_then_the_stores_then_english(
        self, locale: str, fallback: str, language: str
    ) -> None:
        rendered = render("thanks", "sms", context("thanks", "en"), locale, fallback)
        assert ("감사합니다" in rendered.text) == (language == "ko")

    @pytest.mark.parametrize(
        ("name", "medium"), [("nope", "sms"), ("thanks", "fax"), ("../x", "sms")]
    )
    def test_a_message_that_is_not_there(self, name: str, medium: str) -> None:
        with pytest.raises(BadTemplate):
            render(name, medium, {}, "en")


HOSTILE = [
    "{{7*7}}",
    "{% for i in (1..9) %}x{% endfor %}",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'-alert(1)-'",
    "</td></tr></table><h1>free</h1>",
    "<mj-include path='/etc/passwd' />",
    "a\r\nBcc: victim@shopper.example",
    "\u202egnp.exe",
]  # fmt: skip


class TestHostileWords:
    @pytest.mark.parametrize("words", HOSTILE)
    def test_words_arrive_as_words(self, words: str) -> None:
        line = context("reminder", "en")["cart"]["lines"][0] | {"title": words, "price": words}
        rendered = mail(
            cart={"lines": [line], "total": words},
            contact={"first_name": words},
            store={"name": words, "url": words},
        )
        assert "49" not in rendered.subject
        for tag in ("<script", "<img src=x", "<h1>", "<mj-", "\u202e"):
            assert tag not in rendered.html
        assert "\n" not in rendered.subject
        assert "\nBcc" not in rendered.text
        if words.startswith("{"):
            assert words in rendered.subject
            assert words in rendered.html

    @pytest.mark.parametrize(
        "url", ["javascript:alert(1)", "data:text/html,x", " javascript:x", "//evil", 'https://a"b']
    )
    def test_only_web_addresses_become_links(self, url: str) -> None:
        line = context("reminder", "en")["cart"]["lines"][0]
        rendered = mail(
            link=url,
            unsubscribe_url=url,
            cart={"lines": [line | {"image_url": url, "product_url": url}], "total": "1"},
        )
        assert url not in rendered.html
        assert url not in rendered.text

    def test_only_plain_values_get_in(self) -> None:
        with pytest.raises(TypeError):
            mail(contact={"first_name": object()})


BOMBS = [
    "{% assign r=(1..999999999) %}{{ r | join }}",
    "{% for i in (1..999999999) reversed %}{% endfor %}",
    "{% assign n = 999999999 %}{% for i in (1..n) reversed %}{% endfor %}",
    "{% assign n = 999999999 %}{{ (1..n) | size }}",
    "{% for i in ( 1 .. 2000 ) %}x{% endfor %}",
    "{% assign a = 'x' %}" + "{% assign a = a | append: a %}" * 40 + "{{ a }}",
    "{{ 'xxxxxxxxxx' " + "| replace: 'x', 'xxxxxxxxxx' " * 12 + "}}",
    "{{ 'xxxxxxxxxx' " + "| replace: '', 'xxxxxxxxxx' " * 12 + "}}",
    "{% assign n = 9999999999 %}" + "{% assign n = n | times: n %}" * 30,
    "{% for a in (1..1000) %}{% for b in (1..1000) %}x{% endfor %}{% endfor %}",
    "{% assign s = 'x,x,x,x,x,x,x,x' | replace: 'x', 'x,x,x,x,x,x,x,x' | replace: 'x', "
    "'x,x,x,x,x,x,x,x' | replace: 'x', 'x,x,x,x,x,x,x,x' %}{{ s | split: ',' | join: s }}",
    "{% include 'x' %}",
    "{% render 'x' %}",
    "{{ 'x' | safe }}",
    "{{ 'x' | base64_decode }}",
    "{{ 'x' | nope }}",
    "{{ nope }}",
    "{% if %}",
    "x" * 64_001,
]

GOOD = [
    ("{% for i in (1..3) %}{{ i }}{% endfor %}", "123"),
    ('{{ n | default: "x" | upcase }}', "X"),
    ('{{ c.nope | default: "there" }}', "there"),
    ("{{ l.price | times: l.quantity | round: 2 }}", "25.0"),
    ("{{ '<b>' | escape }}", "&lt;b&gt;"),
    ("{{ 'a,b' | split: ',' | first }}", "a"),
    ("{{ 'https://x.example/a?b=1' | web_url }}", "https://x.example/a?b=1"),
    ("wait... what?", "wait... what?"),
]


class TestTheGuard:
    @pytest.mark.parametrize("source", BOMBS, ids=lambda source: source[:40])
    def test_bombs_and_what_is_not_there_are_refused_at_once(self, source: str) -> None:
        begun = time.monotonic()
        with pytest.raises(BadTemplate):
            fill(parse(source, html=False, strict=True), {})
        assert time.monotonic() - begun < 1

    @pytest.mark.parametrize(("source", "shown"), GOOD)
    def test_ordinary_templates_work(self, source: str, shown: str) -> None:
        values = {"c": {}, "l": {"price": 12.5, "quantity": 2}}
        assert fill(parse(source, html=False, strict=True), values) == shown

    def test_a_name_that_is_missing_stays_empty_when_it_matters(self) -> None:
        assert fill(parse("[{{ nope.more }}]", html=False), {}) == "[]"

    @pytest.mark.parametrize(
        "inside",
        ["<mj-foo>x</mj-foo>", '<mj-include path="/etc/passwd" />', "<MJ-Include/>", "<mj-text>x"],
    )
    def test_unknown_or_broken_mjml_is_refused(self, inside: str) -> None:
        with pytest.raises(BadTemplate):
            compiled(
                f"<mjml><mj-body><mj-section><mj-column>{inside}</mj-column></mj-section>"
                "</mj-body></mjml>"
            )
