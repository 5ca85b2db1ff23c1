"""The two shops to play with, connected as a merchant would connect hers."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from connector.errors import ConfigError
from connector.models import Store
from connector.sandbox.keys import Keys
from connector.services import installs
from connector.services.installs import NewStore
from connector.supervisor import Ports, Running
from jobs.connecting import connect_store
from jobs.runtime import Runtime

Accounts = Mapping[str, Mapping[str, str]]


def connect_sandbox_stores(means: Runtime, running: Running) -> list[Store]:
    """Connect both unless they are, in the order shopify, woocommerce.

    This process gets the doors that the service's have: it calls the shops too.
    """
    if running.keys is None:
        raise ConfigError("the sandbox does not run: start it without --no-sandbox")
    os.environ["CARTWRIGHT_LOOPBACK"] = running.env["CARTWRIGHT_LOOPBACK"]
    return [
        _known(means, new) or connect_store(new, accounts)
        for new, accounts in _stores(running.keys, running.ports)
    ]


def _known(means: Runtime, new: NewStore) -> Store | None:
    with means.sessions.all_stores() as session:
        return installs.by_domain(session, new.platform, new.domain)


def _stores(keys: Keys, ports: Ports) -> Iterator[tuple[NewStore, Accounts]]:
    yield (
        NewStore(
            "shopify",
            keys.shopify_domain,
            {"access_token": keys.shopify_access_token},
            sandbox=True,
        ),
        _accounts(keys, ports, "oscar@oscars-outdoor.example"),
    )
    yield (
        NewStore(
            "woocommerce",
            ports.url("woocommerce"),
            {
                "consumer_key": keys.woocommerce_consumer_key,
                "consumer_secret": keys.woocommerce_consumer_secret,
            },
            sandbox=True,
        ),
        _accounts(keys, ports, "mina@minas-ceramics.example"),
    )


def _accounts(keys: Keys, ports: Ports, sender: str) -> Accounts:
    host, _, port = ports.door("smtp").partition(":")
    return {
        "smtp": {"host": host, "port": port, "security": "none", "sender_email": sender},
        "twilio": {
            "account_sid": keys.twilio_account_sid,
            "auth_token": keys.twilio_auth_token,
            "sender": keys.twilio_sender,
        },
        "slack": {"url": keys.slack_url},
        "webhook": {"secret": keys.webhook_secret},
        "mailchimp": {"api_key": keys.mailchimp_api_key, "list_id": keys.mailchimp_list_id},
    }
