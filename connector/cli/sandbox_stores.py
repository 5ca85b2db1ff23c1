"""The two shops to play with, connected as a merchant would connect hers."""

from __future__ import annotations

import os

from connector.cli.connecting import Connection, connect_store
from connector.cli.installation import Installation
from connector.errors import ConfigError
from connector.models import Store
from connector.sandbox.keys import Keys
from connector.services import installs
from connector.services.installs import NewStore
from connector.supervisor import Ports, Running


def connect_sandbox_stores(installation: Installation, running: Running) -> list[Store]:
    """Connect both unless they are; one a platform, in the order shopify, woocommerce."""
    if running.keys is None:
        raise ConfigError("the sandbox does not run: start it without --no-sandbox")
    _open_doors(running)
    return [
        _known(installation, connection.new) or connect_store(installation, connection)
        for connection in _connections(running.keys, running.ports)
    ]


def _open_doors(running: Running) -> None:
    """This process calls the sandboxes too: it gets the doors its children have."""
    os.environ["CARTWRIGHT_LOOPBACK"] = running.env["CARTWRIGHT_LOOPBACK"]


def _known(installation: Installation, new: NewStore) -> Store | None:
    with installation.sessions.all_stores() as session:
        return installs.by_domain(session, new.platform, new.domain)


def _connections(keys: Keys, ports: Ports) -> list[Connection]:
    shopify = NewStore(
        "shopify",
        keys.shopify_domain,
        {"access_token": keys.shopify_access_token},
        sandbox=True,
    )
    woocommerce = NewStore(
        "woocommerce",
        ports.url("woocommerce"),
        {
            "consumer_key": keys.woocommerce_consumer_key,
            "consumer_secret": keys.woocommerce_consumer_secret,
        },
        sandbox=True,
    )
    return [
        Connection(shopify, _accounts(keys, ports, "oscar@oscars-outdoor.example")),
        Connection(woocommerce, _accounts(keys, ports, "mina@minas-ceramics.example")),
    ]


def _accounts(keys: Keys, ports: Ports, sender: str) -> dict[str, dict[str, str]]:
    host, _, port = ports.door("smtp").partition(":")
    return {
        "smtp": {"host": host, "port": port, "security": "none", "sender_email": sender},
        "twilio": {
            "account_sid": keys.twilio_account_sid,
            "auth_token": keys.twilio_auth_token,
            "sender": keys.twilio_sender,
        },
        "mailchimp": {
            "api_key": keys.mailchimp_api_key,
            "list_id": keys.mailchimp_list_id,
        },
    }
