"""The shop plugin's own PHP asks us about a person, and reads what we answer."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from connector import clock
from connector.models import Store
from jobs.adapters import webhook_secrets
from jobs.runtime import runtime
from platforms.woocommerce.plugin.pack import SOURCE
from tests.plugin.test_plugin import HERE, PHP, needs_php

pytestmark = needs_php
CALL = """
require '%s/doubles.php';
require '%s/includes/class-privacy-client.php';
$given = json_decode( file_get_contents( 'php://stdin' ), true );
echo json_encode( Cartwright\\Privacy_Client::{$given[0]}( ...$given[1] ) );
""" % (HERE, SOURCE)  # noqa: UP031


def php(method: str, *arguments: str | int) -> Any:
    """What a method of the plugin's client returns."""
    done = subprocess.run(
        [PHP or "php", "-r", CALL],
        input=json.dumps([method, arguments]),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def ask(client: FlaskClient, store: Store, kind: str, secret: str = "") -> TestResponse:
    ours = secret or webhook_secrets(runtime().vault, store)[0]
    now = int(clock.now().timestamp())
    source = "https://minas-ceramics.example/"
    question = php("question", kind, "r1", "ana@example.com", now, ours, source)
    path = php("address", f"http://localhost/hooks/woocommerce/{store.public_id}")
    return client.post(path, data=question["body"], headers=question["headers"])


def test_the_plugin_is_given_what_it_asks_for(client: FlaskClient, mina: Store) -> None:
    answer = ask(client, mina, "export")
    assert php("understood", "export", answer.status_code, answer.text) == []


def test_an_erasure_is_taken(client: FlaskClient, mina: Store) -> None:
    answer = ask(client, mina, "erase")
    assert php("understood", "erase", answer.status_code, answer.text) == []


@pytest.mark.parametrize("kind", ["export", "erase"])
def test_a_refusal_is_no_answer(client: FlaskClient, mina: Store, kind: str) -> None:
    answer = ask(client, mina, kind, secret="another")
    assert answer.status_code == 401
    assert php("understood", kind, answer.status_code, answer.text) is None
