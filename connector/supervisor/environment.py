"""What every process of the service is told: databases, secrets, doors."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from connector.sandbox.keys import Keys
from connector.supervisor.ports import Ports

_NOTE = "running.json"


def secret_key(home: Path) -> str:
    """The installation's own key, made at its first start; readable by us alone."""
    path = home / "secret.key"
    if not path.exists():
        draft = path.with_suffix(".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
        draft.rename(path)
    return path.read_text().strip()


def sandbox_environment(ports: Ports, keys: Keys) -> dict[str, str]:
    """The exact doors that the sandboxes open, the app secret of their Shopify, their mailbox."""
    routes = [
        f"{keys.shopify_domain}={ports.door('shopify')}",
        ports.door("woocommerce"),
        f"api.twilio.com={ports.door('twilio')}",
        f"us1.api.mailchimp.com={ports.door('mailchimp')}",
        ports.door("smtp"),
        f"hooks.slack.com={ports.door('outlets')}",
        ports.door("outlets"),  # the merchant's own software: flows call it as it stands
    ]
    return {
        "CARTWRIGHT_SANDBOX": "1",
        "CARTWRIGHT_LOOPBACK": ",".join(routes),
        "CARTWRIGHT_URL": ports.url("web"),
        "CARTWRIGHT_MAIL_URL": f"smtp://{ports.door('smtp')}",  # into the mailbox that it shows
        "CARTWRIGHT_MAIL_FROM": "hello@cartwright.example",
        "SHOPIFY_API_KEY": keys.shopify_api_key,
        "SHOPIFY_API_SECRET": keys.shopify_api_secret,
    }


def leave_note(home: Path, env: Mapping[str, str]) -> None:
    """Tell other commands on this machine where the running service's servers are."""
    draft = home / f"{_NOTE}.new"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(dict(env), file)
    draft.rename(home / _NOTE)


def drop_note(home: Path) -> None:
    """Nothing runs here any more."""
    (home / _NOTE).unlink(missing_ok=True)


def read_note(home: Path) -> dict[str, str]:
    """The environment of the service that runs in `home`; empty if none was left."""
    path = home / _NOTE
    if not path.exists():
        return {}
    env: dict[str, str] = json.loads(path.read_text())
    return env
