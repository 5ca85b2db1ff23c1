"""The shop's REST keys: the fixed one of the settings, and those that wc-auth makes."""

from __future__ import annotations

import hmac
import secrets
from typing import Any

from connector.sandbox.woocommerce.state import State, key_of

SCOPES = {"read": "Read", "write": "Write", "read_write": "Read/Write"}
_FIXED = 1  # its number
_GONE = "closed"  # the flag that the fixed key was revoked


def all_of(state: State) -> list[dict[str, Any]]:
    """The keys that work, oldest first."""
    made = state.shelf.all("key")
    return made if state.shelf.get("flag", _GONE) else [_fixed(state), *made]


def _fixed(state: State) -> dict[str, Any]:
    return {
        "id": _FIXED,
        "description": "Made by hand",
        "permissions": "read_write",
        "consumer_key": state.settings.consumer_key,
        "consumer_secret": state.settings.consumer_secret,
    }


def find(state: State, consumer_key: str) -> dict[str, Any] | None:
    """The working key of this name."""
    asked = consumer_key.encode()
    for key in all_of(state):
        if hmac.compare_digest(key["consumer_key"].encode(), asked):
            return key
    return None


def make(state: State, app_name: str, permissions: str) -> dict[str, Any]:
    """A key for an application, as core describes it: "<name> - API (<UTC time>)"."""
    with state.lock:
        number = state.shelf.next_id("key", _FIXED + 1)
        made = f"{state.clock.now():%Y-%m-%d %H:%M:%S}"
        key = {
            "id": number,
            "description": f"{app_name[:170]} - API ({made})",
            "permissions": permissions,
            "consumer_key": f"ck_{secrets.token_hex(20)}",
            "consumer_secret": f"cs_{secrets.token_hex(20)}",
        }
        return state.shelf.put("key", key_of(number), key)


def revoke(state: State, number: int) -> bool:
    """Take a key away; False if there is none of this number. Nobody is told."""
    known = any(key["id"] == number for key in all_of(state))
    if number == _FIXED:
        state.shelf.put("flag", _GONE, {"at": state.stamp()})
    else:
        state.shelf.drop("key", key_of(number))
    return known


def revoke_all(state: State) -> None:
    """Take every key away."""
    for key in all_of(state):
        revoke(state, key["id"])
