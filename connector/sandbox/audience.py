"""The audience behind the sandbox's Mailchimp: members, their status, tags (static segments)."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from connector.sandbox.server import Clock, Shelf
from connector.sandbox.vendor import Faults

_EXISTS = (
    "is already a list member, do you want to update? please provide update_existing:true "
    "in the request body"
)


def member_id(email: str) -> str:
    """How Mailchimp names a member: MD5 of the address in small letters."""
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


class Audience:
    """One list. A status once there changes only where the caller says so outright."""

    def __init__(self, folder: Path | None, list_id: str) -> None:
        self.list_id = list_id
        self.shelf = Shelf(folder / "mailchimp.sqlite" if folder else None)
        self.clock = Clock()
        self.faults = Faults(counted=("fail_5xx", "throttle", "forbid_bare"), valued=())
        self._lock = threading.RLock()

    def count_call(self) -> None:
        """Remember that the API was called."""
        self.shelf.next_id("calls")

    def calls(self) -> int:
        """How often the API was called so far."""
        return int((self.shelf.get("series", "calls") or {"last": 0})["last"])

    def members(self) -> list[dict[str, Any]]:
        """Everybody, whatever the status."""
        return self.shelf.all("member")

    def segments(self) -> list[dict[str, Any]]:
        """All tags."""
        return self.shelf.all("segment")

    def tags_of(self, member: str) -> list[dict[str, Any]]:
        """The tags of one member, by id and name."""
        return [
            {"id": segment["id"], "name": segment["name"]}
            for segment in self.segments()
            if member in segment["members"]
        ]

    def put(self, email: str, status: str, names: dict[str, Any] | None = None) -> dict[str, Any]:
        """Make somebody a member, or give her this status."""
        name = member_id(email)
        member = {
            "id": name,
            "email_address": email,
            "status": status,
            "merge_fields": names or {},
            "last_changed": self.clock.now().isoformat(),
        }
        return self.shelf.put("member", name, member)

    def subscribe(self, orders: Sequence[dict[str, Any]], *, update: bool) -> dict[str, Any]:
        """Batch-add members; those who exist are an error, unless they may be updated."""
        done: dict[str, list[dict[str, Any]]] = {
            "new_members": [],
            "updated_members": [],
            "errors": [],
        }
        with self._lock:
            for order in orders:
                kind, entry = self._subscribe(order, update=update)
                done[kind].append(entry)
        return done | {
            "total_created": len(done["new_members"]),
            "total_updated": len(done["updated_members"]),
            "error_count": len(done["errors"]),
        }

    def _subscribe(self, order: dict[str, Any], *, update: bool) -> tuple[str, dict[str, Any]]:
        email = order["email_address"]
        known = self.shelf.get("member", member_id(email))
        if "@" not in email:
            return "errors", _member_error(email, "looks fake or invalid", "ERROR_GENERIC")
        if known and not update:
            return "errors", _member_error(email, _EXISTS, "ERROR_CONTACT_EXISTS")
        made = self.put(email, order["status"], order.get("merge_fields"))
        return "updated_members" if known else "new_members", shown_member(self, made)

    def new_segment(self, name: str, emails: Sequence[str]) -> dict[str, Any]:
        """Make a tag that these members have."""
        number = self.shelf.next_id("segment", 100_001)
        known = [member["id"] for member in self._known(emails)]
        made = {"id": number, "name": name, "members": known}
        return self.shelf.put("segment", str(number), made)

    def retag(
        self, number: int, add: Sequence[str], remove: Sequence[str]
    ) -> dict[str, Any] | None:
        """Give the tag to some and take it from others; addresses unknown here are ignored."""
        with self._lock:
            segment = self.shelf.get("segment", str(number))
            if segment is None:
                return None
            has = set(segment["members"])
            added = [m for m in self._known(add) if m["id"] not in has]
            removed = [m for m in self._known(remove) if m["id"] in has]
            has = (has | {m["id"] for m in added}) - {m["id"] for m in removed}
            self.shelf.put("segment", str(number), segment | {"members": sorted(has)})
        return {
            "members_added": [shown_member(self, member) for member in added],
            "members_removed": [shown_member(self, member) for member in removed],
            "errors": [],
            "total_added": len(added),
            "total_removed": len(removed),
            "error_count": 0,
        }

    def _known(self, emails: Sequence[str]) -> list[dict[str, Any]]:
        found = (self.shelf.get("member", member_id(email)) for email in emails)
        return [member for member in found if member]


def shown_member(audience: Audience, member: dict[str, Any]) -> dict[str, Any]:
    """A member as the API shows her."""
    tags = audience.tags_of(member["id"])
    return member | {
        "list_id": audience.list_id,
        "unique_email_id": member["id"][:10],
        "tags_count": len(tags),
        "tags": tags,
    }


def shown_segment(audience: Audience, segment: dict[str, Any]) -> dict[str, Any]:
    """A tag as the API shows it."""
    now = audience.clock.now().isoformat()
    return {
        "id": segment["id"],
        "name": segment["name"],
        "member_count": len(segment["members"]),
        "type": "static",
        "created_at": now,
        "updated_at": now,
        "list_id": audience.list_id,
    }


def _member_error(email: str, said: str, code: str) -> dict[str, Any]:
    return {
        "email_address": email,
        "error": f"{email} {said}",
        "error_code": code,
        "field": "",
        "field_message": "",
    }
