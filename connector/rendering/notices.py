"""The service's own mails to merchants: `templates/system`, in English.

templates/system/layout.mjml               frame around every mail
templates/system/<name>.mjml               + .subject.liquid + .text.liquid

They have `service` (its address), `link` ("" where there is none) and `hours` that it works.
"""

from __future__ import annotations

import functools
from pathlib import Path

from liquid.template import BoundTemplate

from connector.domain.text import one_line
from connector.ports.channel import Rendered
from connector.rendering.liquid import fill, parse
from connector.rendering.mjml import compiled

_FOLDER = Path(__file__).resolve().parents[2] / "templates" / "system"
NAMES = ("confirm", "known", "reset", "changed")


def render_notice(
    name: str, service: str, link: str = "", hours: int = 0, *, strict: bool = False
) -> Rendered:
    """One of NAMES, ready to go. Raises BadTemplate."""
    subject = one_line(fill(_text(f"{name}.subject.liquid", strict=strict), {}))
    values = {"service": service, "link": link, "hours": hours, "preview": subject}
    return Rendered(
        text=fill(_text(f"{name}.text.liquid", strict=strict), values).strip() + "\n",
        subject=subject,
        html=fill(_html(f"{name}.mjml", strict=strict), values),
    )


def preview_notices() -> dict[str, Rendered]:
    """Every one of them with sample values, by name ("system/reset")."""
    service = "https://cartwright.example"
    return {
        f"system/{name}": render_notice(
            name, service, f"{service}/account/link/0123456789", 1, strict=True
        )
        for name in NAMES
    }


@functools.cache
def _text(path: str, *, strict: bool) -> BoundTemplate:
    return parse(_source(path), html=False, strict=strict)


@functools.cache
def _html(path: str, *, strict: bool) -> BoundTemplate:
    whole = _source("layout.mjml").replace("<!-- content -->", _source(path))
    return parse(compiled(whole), html=True, strict=strict)


def _source(path: str) -> str:
    return (_FOLDER / path).read_text(encoding="utf-8")
