"""The audience sync: new people are subscribed, tags come and go, no status ever changes.

One push takes 2 requests and one more for each tag, for up to 500 people: a batch that adds
whoever is not there yet (Mailchimp leaves the others alone unless told to update them), the
list of tags, and one change of each tag's membership (a tag is a static segment).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from connector.errors import Disconnected, Refused
from connector.ports.audience import AudienceSync, Member, MemberResult
from connector.ports.settings import Setting

if TYPE_CHECKING:
    from connector.audiences.mailchimp.sdk import Lists

_API_KEY = re.compile(r"[0-9a-zA-Z]+-([a-z]{2,4}[0-9]{1,3})")
_LIST_ID = re.compile(r"[0-9a-zA-Z]{1,32}")


class Mailchimp(AudienceSync):
    """One audience of one account. Calls come one after another: Mailchimp allows ten at once."""

    kind = "mailchimp"
    settings = (
        Setting("api_key", "API key", secret=True),
        Setting("list_id", "Audience ID"),
    )
    batch = 500  # Mailchimp's limit for a batch of members, and for a change of a tag

    def push(self, members: Sequence[Member]) -> list[MemberResult]:
        """Bring these members in step; repeating it changes nothing.

        Raises NotSent, Disconnected, OutcomeUnknown; what Mailchimp refuses is a result.
        """
        if not members:
            return []
        lists = self._lists()
        people = _by_address(members)
        errors = _subscribe(lists, people)
        known = [person for address, person in people.items() if address not in errors]
        for tag, add, remove in _changes(known):
            errors = _retag(lists, tag, add, remove) | errors
        return [MemberResult(m.ref, errors.get(m.email.lower(), "")) for m in members]

    def _lists(self) -> Lists:
        from connector.audiences.mailchimp.sdk import Lists

        key = _API_KEY.fullmatch(self.account["api_key"])
        if key is None:
            raise Disconnected("Mailchimp: an API key ends with its data centre, like -us21")
        if not _LIST_ID.fullmatch(self.account["list_id"]):
            raise Disconnected("Mailchimp: this is no audience ID")
        return Lists(self.account["api_key"], key[1], self.account["list_id"])


def _by_address(members: Sequence[Member]) -> dict[str, Member]:
    """One member an address, the last of several: Mailchimp refuses batches with repeats."""
    return {member.email.lower(): member for member in members}


def _subscribe(lists: Lists, people: dict[str, Member]) -> dict[str, str]:
    """Add the new ones, who consented; address -> why she could not be added.

    One who took her consent back is never added: she may have been removed there by hand.
    """
    coming = [_entry(person) for person in people.values() if not person.leaving]
    try:
        return lists.add_new(coming) if coming else {}
    except Refused as error:
        return dict.fromkeys(people, error.detail)


def _entry(person: Member) -> dict[str, object]:
    names = {"FNAME": person.first_name, "LNAME": person.last_name}
    return {
        "email_address": person.email,
        "status": "subscribed",
        "merge_fields": {name: value for name, value in names.items() if value},
    }


def _changes(people: Sequence[Member]) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each tag once, with who must have it and who must not."""
    names = {tag for person in people for tag in person.tags | person.not_tags}
    for tag in sorted(names):
        add = [p.email for p in people if tag in p.tags]
        remove = [p.email for p in people if tag in p.not_tags and tag not in p.tags]
        yield tag, add, remove


def _retag(lists: Lists, tag: str, add: list[str], remove: list[str]) -> dict[str, str]:
    try:
        return lists.retag(tag, add, remove)
    except Refused as error:
        return {email.lower(): error.detail for email in (*add, *remove)}
