"""The messages that come with the product: found by name, medium and language, and rendered.

templates/messages/words.yaml                      small words that all mails share
templates/messages/email/layout.mjml               frame around every mail
templates/messages/email/parts/<part>.mjml         put in for `<!-- part: <part> -->`
templates/messages/email/<name>.<language>.mjml    + .subject.liquid + .text.liquid
templates/messages/sms/<name>.<language>.liquid

Beside what the caller gives, templates have `locale`, `words`, `preview`, `why` (she gets this
mail), and `gift`: what the offer gives, in words ("free shipping and 5% off"; "" without one).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from liquid.template import BoundTemplate

from connector.domain.text import one_line, printable
from connector.ports.channel import Rendered
from connector.rendering import samples
from connector.rendering.liquid import BadTemplate, fill, parse
from connector.rendering.mjml import compiled

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "messages"
DEFAULT_LANGUAGE = "en"

_PART = re.compile(r"<!-- part: ([a-z]+) -->")
_ENDINGS = {"email": ".text.liquid", "sms": ".liquid"}  # the file that names the language


def render(
    template: str,
    medium: str,
    context: Mapping[str, Any],
    locale: str,
    fallback: str = "",
    *,
    strict: bool = False,
) -> Rendered:
    """Render a message in the reader's language, else in `fallback` (the store's), else English.

    `context` holds plain values only: texts, numbers, lists, dicts. Raises BadTemplate.
    """
    language = _language(template, medium, locale, fallback)
    words = _words()[language]
    values = {
        **_plain(context),
        "locale": language,
        "words": words,
        "preview": words["previews"][template],
        "why": words["whys"].get(template, words["why"]),
        "gift": _gift(context.get("offer") or {}, words["gift"]),
    }
    name = f"{medium}/{template}.{language}"
    if medium == "sms":
        return Rendered(text=one_line(fill(_text(f"{name}.liquid", strict=strict), values)))
    return Rendered(
        text=_tidy(fill(_text(f"{name}.text.liquid", strict=strict), values)),
        subject=one_line(fill(_text(f"{name}.subject.liquid", strict=strict), values)),
        html=fill(_html(f"{name}.mjml", strict=strict), values),
    )


def preview() -> dict[str, Rendered]:
    """Every template in every language with sample values, by name ("email/reminder.en")."""
    return {
        f"{medium}/{template}.{language}": render(
            template, medium, samples.context(template, language), language, strict=True
        )
        for medium in _ENDINGS
        for template, language in _known(medium)
    }


def _language(template: str, medium: str, locale: str, fallback: str) -> str:
    """The best language there is; what a shopper's browser says never becomes a path."""
    languages = {language for name, language in _known(medium) if name == template}
    if not languages:
        raise BadTemplate(f"there is no message {template} for {medium}")
    for wanted in (locale, fallback):
        exact = wanted.replace("_", "-").lower()
        for candidate in (exact, exact.partition("-")[0]):
            if candidate in languages:
                return candidate
    return DEFAULT_LANGUAGE


@functools.cache
def _known(medium: str) -> tuple[tuple[str, str], ...]:
    """All (name, language) there are for a medium."""
    if medium not in _ENDINGS:
        raise BadTemplate(f"there are no messages for {medium}")
    ending = _ENDINGS[medium]
    names = sorted(path.name for path in (FOLDER / medium).glob(f"*{ending}"))
    found = (name.removesuffix(ending).split(".") for name in names)
    return tuple((template, language) for template, language in found)


@functools.cache
def _words() -> dict[str, dict[str, Any]]:
    words: dict[str, dict[str, Any]] = yaml.safe_load(_source("words.yaml"))
    return words


@functools.cache
def _text(path: str, *, strict: bool) -> BoundTemplate:
    return parse(_source(path), html=False, strict=strict)


@functools.cache
def _html(path: str, *, strict: bool) -> BoundTemplate:
    whole = _source("email/layout.mjml").replace("<!-- content -->", _source(path))
    whole = _PART.sub(lambda found: _source(f"email/parts/{found[1]}.mjml"), whole)
    return parse(compiled(whole), html=True, strict=strict)


def _source(path: str) -> str:
    return (FOLDER / path).read_text(encoding="utf-8")


def _gift(offer: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """What an offer gives, in the reader's language; "" for none."""
    shipping = [words["shipping"]] if offer.get("free_shipping") else []
    sizes = [words[size].format(offer[size]) for size in ("percent", "amount") if offer.get(size)]
    return words["and"].join([*shipping, *sizes])


def _plain(value: Any) -> Any:
    """The same with every text on one line; TypeError for what is no plain value."""
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    raise TypeError(f"a template gets plain values, not {type(value).__name__}")


def _tidy(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", printable(text))).strip() + "\n"
