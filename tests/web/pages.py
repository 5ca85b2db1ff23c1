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


def form_token(browser: FlaskClient) -> str:
    """What the forms of this session carry."""
    found = re.search(r'name="form_token" value="([0-9a-f]{64})"', browser.get("/desk/").text)
    assert found is not None
    return found[1]


def press(browser: FlaskClient, path: str) -> TestResponse:
    """Send the form whose button leads to `path`."""
    return browser.post(path, data={"form_token": form_token(browser)})


def everything(stage: Stage) -> Snapshot:
    """All rows of a store, table by table, and what belongs to none."""
    from connector.db import Base
    from tests.test_house_rules import NOT_A_STORES

    tables = {table.name: table for table in Base.metadata.sorted_tables}
    of_none = {*NOT_A_STORES, "account_stores", "install_states"} - {"stores", "product_clock"}
    with stage.session() as session, stage.sessions.all_stores() as broker:
        return {
            name: _rows(broker if name in of_none else session, table)
            for name, table in tables.items()
        }


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
