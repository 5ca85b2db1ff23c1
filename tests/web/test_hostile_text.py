"""Whoever can open a checkout writes on these pages: nothing of it may come alive."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.models import (
    Attribution,
    Base,
    Cart,
    ChannelAccount,
    Consent,
    Contact,
    Discount,
    JournalEntry,
    Message,
    Order,
    Store,
    WebhookState,
)
from tests import factories
from tests.cast import Cast, link
from tests.stage import Stage
from tests.web.pages import Elements, words

MARK = "document.documentElement.setAttribute('data-ran','1')"
CORPUS = {
    "script": f"<script>{MARK}</script>",
    "image": f'"><img src=x onerror="{MARK}">',
    "single": f"' autofocus onfocus='{MARK}",
    "svg": f"<svg/onload={MARK}>",
    "close": f"</title></textarea></style></script><script>{MARK}</script>",
    "template": "{{1234*1234}}{% raw %}${1234*1234}<%= 1234*1234 %>",
    "url": f"javascript:{MARK}",
    "comment": f"--><!--><script>{MARK}</script>",
    "turned": "safe\u202egpj.exe\u2066\u200e\u0000\u0007\u001b[31m\u2028new\r\nSet-Cookie: x=1",
    "long": f"<script>{MARK}</script>" + "A" * 10_000,
    "surrogate": "broken \U0001f6d2 end",
}
_TAGS = (
    "html head meta title link body header nav main footer section div p h1 h2 h3 a span bdi time"
    " strong code ul ol li dl dt dd table thead tbody tr th td form input button img"
)
_ATTRIBUTES = (
    "lang charset name content rel href class id tabindex action method type value aria-label"
    " aria-current aria-labelledby aria-hidden role scope data-label datetime title src alt width"
    " height loading"
)
TAGS, ATTRIBUTES = frozenset(_TAGS.split()), frozenset(_ATTRIBUTES.split())
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


def spoil(stage: Stage, text: str) -> None:
    """Put the text into everything that a stranger, a shop or a vendor can write."""
    text = text.replace("\0", "")  # PostgreSQL keeps no NUL
    with stage.session() as session:
        store = session.get_one(Store, stage.store.id)
        store.name = text
        store.timezone = text[:40]
        _carts(session, text)
        _people(session, text)
        _rest(session, store, text)
    for state in (WebhookState.DEAD, WebhookState.IGNORED):
        factories.delivery(stage, state, topic=text[:900], reason=text)


def _each(session: Session, model: type[Base], text: str, *names: str) -> None:
    for row in session.scalars(select(model)):
        for name in names:
            setattr(row, name, text)


def _carts(session: Session, text: str) -> None:
    fields = ("title", "variant_title", "image_url", "product_url", "product_id")
    for cart in session.scalars(select(Cart)):
        cart.lines = [{**line, **dict.fromkeys(fields, text)} for line in cart.lines]
        cart.external_id = f"{cart.id}{text}"[:900]
        cart.recovery_url = cart.locale = text


def _people(session: Session, text: str) -> None:
    _each(session, Contact, text, "first_name", "last_name", "email", "country", "locale")
    _each(session, Consent, text, "source")


def _rest(session: Session, store: Store, text: str) -> None:
    _each(session, Order, text, "name")
    _each(session, Discount, text, "reason")
    for discount in session.scalars(select(Discount)):
        discount.code = f"{discount.id}{text}"[:900]
    _each(session, Message, text, "reason", "template")
    for message in session.scalars(select(Message)):
        message.provider_id = message.provider_id and text[:900]
    _each(session, Attribution, text, "rule", "model")
    _each(session, ChannelAccount, text, "paused")
    for cart in session.scalars(select(Cart)):
        session.add(
            JournalEntry(
                store_id=store.id,
                cart_id=cart.id,
                kind=text,
                text=text,
                data={"rule": text},
                at=cart.activity_at,
            )
        )
    session.add(
        JournalEntry(store_id=store.id, kind=text, text=text, data={}, at=store.installed_at)
    )


def pages(cast: Cast) -> Iterator[tuple[str, str]]:
    """Every page that shows such text: (path, html)."""
    for stage in (cast.mina, cast.oscar):
        desk = cast.desk(stage)
        paths = ["/desk/", "/desk/problems", "/desk/pause", f"/desk/enter/{link(stage)}"]
        paths += [f"/desk/carts/{cart.id}" for cart in stage.rows(Cart)]
        for path in paths:
            yield path, page(desk, path)


def page(desk: FlaskClient, path: str) -> str:
    """One page, which must be there."""
    answer = desk.get(path)
    assert answer.status_code == 200, path
    return answer.text


def spoiled(cast: Cast, text: str) -> list[tuple[str, str]]:
    """Both stores' pages with the text everywhere."""
    spoil(cast.mina, text)
    spoil(cast.oscar, text)
    return list(pages(cast))


@pytest.mark.parametrize("kind", CORPUS)
def test_hostile_text_stays_text(played: Cast, kind: str) -> None:
    for path, html in spoiled(played, CORPUS[kind]):
        for tag, attributes in Elements(html).found:
            assert tag in TAGS, f"{path}: <{tag}>"
            assert attributes.keys() <= ATTRIBUTES, f"{path}: {attributes.keys() - ATTRIBUTES}"
            _leads_nowhere(path, attributes)


def _leads_nowhere(path: str, attributes: dict[str, str]) -> None:
    for name in ("href", "src", "action"):
        url = attributes.get(name, "/")
        near = url.startswith(("/desk/", "/account/", "#")) or url in {"/", "data:,"}
        assert near or urlsplit(url).scheme == "https", f"{path}: {name}={url}"


def test_it_is_shown_as_it_was_written(played: Cast) -> None:
    for path, html in spoiled(played, CORPUS["template"]):
        assert "{{1234*1234}}" in words(html), path
        assert str(1234 * 1234) not in html, path


def test_marks_that_turn_text_around_are_dropped(played: Cast) -> None:
    for path, html in spoiled(played, CORPUS["turned"]):
        found = set(html) & set("\u202e\u2066\u200e\u0007\u001b\u2028\r")
        assert not found, f"{path}: {found}"
        assert "safegpj.exe" in html, path


def test_endless_text_is_cut(played: Cast) -> None:
    for path, html in spoiled(played, CORPUS["long"]):
        assert len(html) < 60_000, path
        assert "A" * 1000 not in html, path


def test_no_template_turns_escaping_off(cast: Cast) -> None:
    folder = Path(str(cast.app.template_folder))
    texts = {path: path.read_text() for path in folder.rglob("*.html")}
    assert len(texts) > 10
    for path, text in texts.items():
        for way in ("|safe", "| safe", "autoescape", "Markup", "<script", "<style", " style="):
            assert way not in text, f"{path}: {way}"


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_no_script_runs_in_a_browser(played: Cast, tmp_path: Path) -> None:
    """Opened from files, without our headers: the second wall is not needed."""
    assert ran(tmp_path, "control", f"<p>{CORPUS['script']}")
    live = " ".join(CORPUS[kind] for kind in ("image", "single", "svg", "close", "comment"))
    for number, (path, html) in enumerate(spoiled(played, live[:150] + live)):
        assert not ran(tmp_path, str(number), html), path


def ran(folder: Path, name: str, html: str) -> bool:
    """True if a script on the page left its mark."""
    file = folder / f"{name}.html"
    file.write_text(html)
    shown = subprocess.run(
        [
            str(CHROMIUM),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={folder / 'profile'}",
            "--dump-dom",
            file.as_uri(),
        ],
        capture_output=True,
        timeout=60,
        check=True,
    ).stdout.decode()
    assert "</html>" in shown
    return 'data-ran="1"' in shown.split(">", 1)[0] + shown.split("<html", 1)[1].split(">", 1)[0]
