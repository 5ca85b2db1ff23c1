"""shopify.app.toml says what the code asks for, answers and listens to."""

from __future__ import annotations

import tomllib
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask

from platforms.shopify import oauth
from platforms.shopify.adapter import Shopify
from platforms.shopify.names import API_VERSION, WANTED
from platforms.shopify.parse import TOPICS
from tests.web.conftest import app

__all__ = ["app"]

SAID = tomllib.loads((Path(__file__).resolve().parents[1] / "shopify.app.toml").read_text())
HOOKS = SAID["webhooks"]["subscriptions"]


def test_the_scopes_are_those_that_are_asked_for() -> None:
    assert SAID["access_scopes"]["scopes"].split(",") == list(oauth.SCOPES)


def test_its_addresses_are_answered_by_us(app: Flask) -> None:
    addresses = [SAID["application_url"], *SAID["auth"]["redirect_urls"]]
    routes = app.url_map.bind("your-service.example")
    found = [routes.match(urlsplit(url).path, method="GET")[0] for url in addresses]
    assert found == ["install.shopify", "install.shopify_callback"]
    for hook in HOOKS:
        assert routes.match(urlsplit(hook["uri"]).path, method="POST")[0] == "hooks.shopify"


def test_it_subscribes_to_what_no_api_can_and_to_nothing_twice() -> None:
    assert SAID["webhooks"]["api_version"] == API_VERSION
    compliance = {topic for hook in HOOKS for topic in hook.get("compliance_topics", ())}
    assert compliance == Shopify.obligations
    assert not {topic for hook in HOOKS for topic in hook.get("topics", ())}
    assert not compliance & set(WANTED.values())
    assert {*compliance, *WANTED.values()} <= TOPICS.keys()
