"""Reading pages as a person or a browser would."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Table, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.stage import Stage

Snapshot = dict[str, list[tuple[object, ...]]]


def words(answer: TestResponse | str) -> str:
    """The text of a page, without its tags, blanks collapsed."""
    text = answer if isinstance(answer, str) else answer.text
    plain = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())
    return re.sub(r" ([.,)])", r"\1", plain)


def form_token(browser: FlaskClient, page: str = "/desk/") -> str:
    """What the forms of this session carry."""
    found = re.search(r'name="form_token" value="([0-9a-f]{64})"', browser.get(page).text)
    assert found is not None
    return found[1]


def press(browser: FlaskClient, path: str) -> TestResponse:
    """Send the form whose button leads to `path`."""
    return browser.post(path, data={"form_token": form_token(browser)})


def everything(stage: Stage) -> Snapshot:
    """All rows of a store, table by table, and what belongs to none."""
    with stage.sessions.all_stores() as broker:
        own = {name: _rows(broker, table) for name, table in _tables() if name in _of_none()}
    return {**of_store(stage), **own}


def of_store(stage: Stage) -> Snapshot:
    """All rows of a store, table by table."""
    with stage.session() as session:
        return {name: _rows(session, table) for name, table in _tables() if name not in _of_none()}


def _tables() -> list[tuple[str, Table]]:
    from connector.db import Base

    return [(table.name, table) for table in Base.metadata.sorted_tables]


def _of_none() -> set[str]:
    from tests.test_house_rules import NOT_A_STORES

    return {*NOT_A_STORES, "account_stores", "install_states"} - {"stores", "product_clock"}


def _rows(session: Session, table: Table) -> list[tuple[Any, ...]]:
    return sorted((tuple(row) for row in session.execute(select(table))), key=repr)


class Elements(HTMLParser):
    """Every element of a page with its attributes, as a browser sees them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep one."""
        self.found.append((tag, {name: value or "" for name, value in attrs}))
