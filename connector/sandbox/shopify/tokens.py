"""Access tokens and refresh tokens: made, used up, dead. All of it on real time.

Rotation as since 28 Aug 2026: the former refresh token may be used again until the new one is
first used, at most 30 days after its own first use, and never past its own 90 days.
"""

from __future__ import annotations

import hmac
import secrets
import time

from connector.sandbox.shopify import install
from connector.sandbox.shopify.world import Doc, Refusal, World

ACCESS_S, REFRESH_S = 3600, 7_776_000  # an hour; ninety days
_AGAIN_S = 30 * 86_400  # how long a used refresh token may be used again
_CODE_S = 600


class Refused(Exception):
    """The token endpoint says no: OAuth's word for it and a sentence."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error, self.description = error, description


def is_live(world: World, given: str) -> bool:
    """True if this access token opens the API now."""
    return _is_fixed(world, given) or _of_access(world, given) is not None


def _is_fixed(world: World, given: str) -> bool:
    """The token of the settings, which never expires; until it is exchanged or the app removed."""
    same = hmac.compare_digest(given.encode(), world.settings.access_token.encode())
    return same and install.is_installed(world) and not world.shelf.get("app", "fixed token")


def _of_access(world: World, given: str) -> Doc | None:
    pair = world.shelf.get("token", given) if given else None
    over = pair and 0 < pair["expires"] <= time.time()
    return None if over else pair


def make_code(world: World, scopes: list[str]) -> str:
    """A code that is good for one exchange within ten minutes."""
    code = secrets.token_hex(16)
    kept = {"id": code, "scopes": scopes, "until": time.time() + _CODE_S}
    world.shelf.put("code of grant", code, kept)
    return code


def from_code(world: World, code: str, *, expiring: bool) -> Doc:
    """A code becomes tokens, once. Refused if it did, or never was."""
    kept = world.shelf.get("code of grant", code)
    world.shelf.drop("code of grant", code)
    if kept is None or kept["until"] <= time.time():
        words = "The authorization code was not found or was already used"
        raise Refused("invalid_request", words)
    return issue(world, expiring=expiring)


def issue(world: World, *, expiring: bool, parent: str = "", until: float = 0) -> Doc:
    """New tokens with the scopes of the installation, as the endpoint tells them."""
    access, now = f"shpat_{secrets.token_hex(16)}", time.time()
    pair: Doc = {"id": access, "expires": 0, "refresh": "", "parent": parent, "first_used": 0}
    told: Doc = {"access_token": access, "scope": ",".join(install.granted(world))}
    if expiring:
        pair |= {
            "expires": now + ACCESS_S,
            "refresh": f"shprt_{secrets.token_hex(32)}",
            "refresh_expires": until or now + REFRESH_S,
        }
        told |= {
            "expires_in": ACCESS_S,
            "refresh_token": pair["refresh"],
            "refresh_token_expires_in": int(pair["refresh_expires"] - now),
        }
    world.shelf.put("token", access, pair)
    return told


def refresh(world: World, given: str) -> Doc:
    """A new pair for a refresh token. Refused if it is over, revoked or followed by one in use."""
    now, pairs = time.time(), world.shelf.all("token")
    pair = next((one for one in pairs if given and one["refresh"] == given), None)
    if pair is None or pair["refresh_expires"] <= now or _is_stale(pair, now):
        raise Refused("invalid_grant", "The refresh token is invalid, expired or revoked")
    if not pair["first_used"]:
        _end_of_parent(world, pairs, pair["parent"])
        world.shelf.put("token", pair["id"], {**pair, "first_used": now})
    return issue(world, expiring=True, parent=given)


def _is_stale(pair: Doc, now: float) -> bool:
    return bool(pair["first_used"]) and pair["first_used"] + _AGAIN_S <= now


def _end_of_parent(world: World, pairs: list[Doc], parent: str) -> None:
    for one in pairs:
        if parent and one["refresh"] == parent:
            world.shelf.put("token", one["id"], {**one, "refresh": ""})


def migrate(world: World, given: str, *, expiring: bool) -> Doc:
    """A token that never expires becomes a pair that does; the old one is dead afterwards."""
    pair = _of_access(world, given)
    if _is_fixed(world, given):
        world.shelf.put("app", "fixed token", {"dead": True})
    elif pair is not None and not pair["expires"]:
        world.shelf.drop("token", given)
    else:
        raise Refused("invalid_subject_token", "The subject token is invalid or was exchanged")
    return issue(world, expiring=expiring)


def expire(world: World, what: str) -> Doc:
    """Play time or the merchant: "access" or "refresh" tokens are over, or all are "revoked"."""
    changes = {"access": {"expires": 1.0}, "refresh": {"refresh_expires": 1.0}}
    if what not in {*changes, "all"}:
        raise Refusal("access, refresh or all")
    pairs = [one for one in world.shelf.all("token") if what == "all" or one["expires"]]
    for one in pairs:
        if what == "all":
            world.shelf.drop("token", one["id"])
        else:
            world.shelf.put("token", one["id"], {**one, **changes[what]})
    if what == "all":
        world.shelf.put("app", "fixed token", {"dead": True})
    return {"tokens": len(pairs)}
