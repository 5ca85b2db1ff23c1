"""All sandboxes in one process: `python -m connector.sandbox --home FOLDER [--ports JSON]`.

Prints one line of JSON with their addresses when they answer, and runs until it is told to stop.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

from connector.sandbox import mail, mailchimp, outlets, shopify, twilio, woocommerce
from connector.sandbox.keys import Keys, load_or_make

NAMES = ("shopify", "woocommerce", "twilio", "mailchimp", "mail", "outlets")


class Sandbox(Protocol):
    """What each `start` gives."""

    @property
    def url(self) -> str:
        """Where it answers."""

    def stop(self) -> None:
        """Stop answering."""


def start_all(home: Path, ports: Mapping[str, int], stack: ExitStack) -> dict[str, str]:
    """Start every sandbox on its port (0: any free one); its address by name."""
    keys = load_or_make(home)
    addresses = {}
    for name in NAMES:
        folder = home / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        started = _STARTERS[name](ports, folder, keys)
        stack.callback(started.stop)
        addresses[name] = started.url
    return addresses


def _shopify(ports: Mapping[str, int], folder: Path, keys: Keys) -> Sandbox:
    return shopify.start(
        ports.get("shopify", 0),
        folder,
        domain=keys.shopify_domain,
        access_token=keys.shopify_access_token,
        client_id=keys.shopify_api_key,
        client_secret=keys.shopify_api_secret,
        app_url=f"http://127.0.0.1:{ports.get('web', 8000)}/install/shopify",
        name="Oscar's Outdoor",
        currency="USD",
        timezone="America/New_York",
    )


def _woocommerce(ports: Mapping[str, int], folder: Path, keys: Keys) -> Sandbox:
    return woocommerce.start(
        ports.get("woocommerce", 0),
        folder,
        consumer_key=keys.woocommerce_consumer_key,
        consumer_secret=keys.woocommerce_consumer_secret,
        name="Mina's Ceramics",
        currency="KRW",
        timezone="Asia/Seoul",
        http_callbacks=True,
    )


def _twilio(ports: Mapping[str, int], folder: Path, keys: Keys) -> Sandbox:
    return twilio.start(
        ports.get("twilio", 0),
        folder,
        account_sid=keys.twilio_account_sid,
        auth_token=keys.twilio_auth_token,
    )


def _mailchimp(ports: Mapping[str, int], folder: Path, keys: Keys) -> Sandbox:
    return mailchimp.start(
        ports.get("mailchimp", 0),
        folder,
        api_key=keys.mailchimp_api_key,
        list_id=keys.mailchimp_list_id,
    )


def _mail(ports: Mapping[str, int], folder: Path, keys: Keys) -> Sandbox:
    del keys
    return mail.start(ports.get("mail", 0), folder, smtp_port=ports.get("smtp", 0))


def _outlets(ports: Mapping[str, int], folder: Path, keys: Keys) -> Sandbox:
    return outlets.start(
        ports.get("outlets", 0),
        folder,
        slack_url=keys.slack_url,
        webhook_secret=keys.webhook_secret,
    )


_STARTERS: Mapping[str, Callable[[Mapping[str, int], Path, Keys], Sandbox]] = {
    "shopify": _shopify,
    "woocommerce": _woocommerce,
    "twilio": _twilio,
    "mailchimp": _mailchimp,
    "mail": _mail,
    "outlets": _outlets,
}


def main() -> None:
    """Run until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m connector.sandbox")
    parser.add_argument("--home", type=Path, required=True, help="where they keep their data")
    parser.add_argument(
        "--ports", type=json.loads, default={}, help='{"shopify": 8101, …}; web is ours'
    )
    given = parser.parse_args()
    told_to_stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: told_to_stop.set())
    with ExitStack() as stack:
        addresses: dict[str, Any] = start_all(given.home, given.ports, stack)
        sys.stdout.write(json.dumps(addresses) + "\n")
        sys.stdout.flush()
        told_to_stop.wait()


if __name__ == "__main__":
    main()
