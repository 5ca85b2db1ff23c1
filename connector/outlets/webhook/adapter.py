"""The outlet: an address of the merchant's own, called as Standard Webhooks says.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from connector.errors import (
    AdapterError,
    Disconnected,
    NotSent,
    OutcomeUnknown,
    Refused,
    Scope,
)
from connector.http import Forbidden, call, retry_after
from connector.ports.outlet import Notice, Outlet
from connector.ports.settings import Setting
from connector.signing import sign_webhook

_WHAT = "the webhook's address"
_MAX_BODY = 20_000  # bytes, the specification's advice
_LATER = frozenset({408, 425, 429})


class Webhook(Outlet):
    """The merchant's software. The key is its `webhook-id`, the same over all tries."""

    kind = "webhook"
    settings = (
        Setting("secret", "Signing secret (whsec_…)", secret=True),
        Setting(
            "old_secret",
            "Signing secret before it, while the other side may still check by that one",
            secret=True,
            required=False,
        ),
    )
    repeatable = True

    def deliver(self, notice: Notice) -> None:
        """Post the notice's body to its target; Refused with scope ADDRESS: never call it again.

        NotSent also where it may have arrived: the other side knows a repeat by its id.
        """
        body = _encoded(notice.body)
        headers = self._headers(notice.key, body)
        try:
            answer = call(_WHAT, "POST", _callable(notice.target), data=body, headers=headers)
        except Forbidden as error:
            raise Refused(error.detail, Scope.ADDRESS) from None
        except OutcomeUnknown as error:
            raise NotSent(error.detail) from None
        except AdapterError as error:
            raise error from None  # the transport's own error tells the path: it may hold a secret
        _judge(answer)

    def _headers(self, key: str, body: bytes) -> dict[str, str]:
        # not the product's clock: the other side compares it with the real time
        timestamp = int(time.time())
        old = self.account.get("old_secret")
        secrets = [self.account["secret"], *([old] if old else [])]
        try:
            signature = sign_webhook(key, timestamp, body, secrets)
        except ValueError as error:
            raise Disconnected(f"the webhook: {error}") from error
        return {
            "Content-Type": "application/json",
            "webhook-id": key,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature,
        }


def _encoded(body: Mapping[str, Any]) -> bytes:
    try:
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise Refused(f"{_WHAT}: a body that is no JSON") from error
    # half a surrogate pair, which strangers can write, cannot be encoded at all
    encoded = text.encode("utf-8", "replace")
    if len(encoded) >= _MAX_BODY:
        raise Refused(f"{_WHAT}: a body of {len(encoded)} bytes; less than {_MAX_BODY} may go")
    return encoded


def _callable(target: str) -> str:
    """The target, if it is a URL at all; where it may lead is connector.http's to judge."""
    try:
        whole = urlsplit(target).scheme in {"https", "http"} and urlsplit(target).hostname
    except ValueError:
        whole = None
    if not whole:
        raise Refused(f"{_WHAT} is no URL", Scope.ADDRESS)
    return target


def _judge(answer: requests.Response) -> None:
    """Raise unless it is a 2xx."""
    status = answer.status_code
    shown = f"{_WHAT} answered HTTP {status}"
    if status < 300:  # noqa: PLR2004
        return
    if status in _LATER or status >= 500:  # noqa: PLR2004
        raise NotSent(shown, retry_after(answer))
    if status == 410:  # noqa: PLR2004
        raise Refused(f"{shown}: it asked for no more", Scope.ADDRESS)
    if status < 400:  # noqa: PLR2004
        raise Refused(f"{shown}: redirects are not followed")
    raise Refused(shown)
