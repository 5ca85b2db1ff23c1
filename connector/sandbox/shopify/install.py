"""The app in this shop: where it lives, whether it is installed, what it was granted."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from connector.sandbox.shopify import scopes
from connector.sandbox.shopify.world import Doc, Refusal, World

_FIELDS = frozenset({"name", "app_url", "redirect_urls", "compliance_url", "scopes"})
# Asked for by an app whose link names none, as one whose scopes are in its configuration does.
_SCOPES = "read_orders,read_products,write_customers,write_discounts"


def settings(world: World) -> Doc:
    """The app's own configuration, as its developer keeps it at Shopify."""
    url = world.settings.app_url
    usual = {
        "name": "Cartwright",
        "app_url": url,
        "redirect_urls": [f"{url}/callback"],
        "compliance_url": "",
        "scopes": _SCOPES,
    }
    return usual | (world.shelf.get("app", "settings") or {})


def configure(world: World, asked: Doc) -> Doc:
    """Its developer changes the configuration. Refusal for what is no part of it."""
    if unknown := asked.keys() - _FIELDS:
        raise Refusal(f"no such setting: {', '.join(sorted(unknown))}")
    scopes.parse(str(asked.get("scopes") or ""))
    for url in (asked.get("app_url"), *(asked.get("redirect_urls") or ())):
        if url and urlsplit(str(url)).scheme not in {"http", "https"}:
            raise Refusal(f"not an address: {url}")
    known = world.shelf.get("app", "settings") or {}
    world.shelf.put("app", "settings", known | asked)
    return settings(world)


def is_installed(world: World) -> bool:
    """False once the merchant has removed the app, until somebody installs it again."""
    return world.shelf.get("app", "removed") is None


def was_granted(world: World) -> bool:
    """True once a merchant pressed "Install"; the fixed token alone is the developer's."""
    return is_installed(world) and world.shelf.get("app", "granted") is not None


def granted(world: World) -> list[str]:
    """The scopes of all its tokens; a shop whose owner never pressed a button lets it do all."""
    if not is_installed(world):
        return []
    kept = world.shelf.get("app", "granted")
    return list(kept["scopes"]) if kept else sorted(scopes.KNOWN)


def grant(world: World, wanted: Iterable[str]) -> list[str]:
    """The merchant agrees; the scopes that she grants, which may be fewer than were asked for."""
    narrow = world.faults.take("narrow_scope")
    given = scopes.parse(narrow) if narrow else sorted(set(wanted))
    world.shelf.drop("app", "removed")
    world.shelf.put("app", "granted", {"scopes": given, "at": world.now()})
    return given


def remove(world: World) -> None:
    """The merchant removes the app: its tokens and subscriptions are gone at once.

    The address that was told of it is kept, for a late repetition of that delivery.
    """
    heard = [s["uri"] for s in world.shelf.all("subscription") if s["topic"] == "app/uninstalled"]
    world.shelf.put("app", "removed", {"at": world.now()})
    world.shelf.put("app", "last removal", {"heard": heard})
    world.shelf.drop("app", "granted")
    for kind in ("subscription", "token", "code of grant"):
        for one in world.shelf.all(kind):
            world.shelf.drop(kind, str(one["id"]))
    world.shelf.put("app", "fixed token", {"dead": True})


def heard_of_removal(world: World) -> list[str]:
    """Where the last app/uninstalled went, or would go now."""
    now = [s["uri"] for s in world.shelf.all("subscription") if s["topic"] == "app/uninstalled"]
    removed = world.shelf.get("app", "last removal") or {"heard": []}
    return now or list(removed["heard"])
