"""Mailchimp's SDK with its holes closed; slow to import, so only on the first push.

As it comes, the SDK returns a failed answer with an empty body as if it had worked, hides
network errors in an error without a status, opens its own unguarded connections, and replaces
the word "server" in the whole URL, ids included. Here every answer is judged before the SDK
sees it, and the host is set by us.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import requests
from mailchimp_marketing.api.lists_api import ListsApi
from mailchimp_marketing.api_client import ApiClient, ApiClientError

from connector.errors import AdapterError, Disconnected, NotSent, OutcomeUnknown, Refused
from connector.http import raise_for, retry_after, session, sorted_out, timeout_s

_WHAT = "Mailchimp"
_PAGE = 1000
_EXISTS = "ERROR_CONTACT_EXISTS"


class _Guarded(ApiClient):  # type: ignore[misc]
    """The SDK's transport through connector.http; a bad answer never comes back from it."""

    def __init__(self, api_key: str, data_centre: str) -> None:
        super().__init__({"api_key": api_key, "timeout": timeout_s()})
        self.host = f"https://{data_centre}.api.mailchimp.com/3.0"
        self.server = ""  # nothing is left to be replaced

    def request(
        self,
        method: str,
        url: str,
        query_params: Any = None,
        headers: Any = None,
        body: Any = None,
    ) -> requests.Response:
        """One call; the SDK wraps what this raises, `_Lists._call` unwraps it."""
        with sorted_out(_WHAT), session() as opened:
            answer = opened.request(
                method,
                url,
                params=query_params,
                headers=headers,
                data=None if body is None else json.dumps(body),
                auth=("cartwright", self.api_key),
                timeout=self.timeout,
                allow_redirects=False,
            )
        _judge(answer)
        return answer


class Lists:
    """The few calls that keep one audience in step; they raise connector.errors only."""

    def __init__(self, api_key: str, data_centre: str, list_id: str) -> None:
        self._api = ListsApi(_Guarded(api_key, data_centre))
        self._list_id = list_id
        self._tags: dict[str, int] | None = None

    def add_new(self, entries: Sequence[dict[str, object]]) -> dict[str, str]:
        """Add those who are no members yet; address -> Mailchimp's reason where it refused.

        Whoever is a member already, in whatever status, is left as she is.
        """
        done = _call(
            self._api.batch_list_members,
            self._list_id,
            {"members": list(entries), "update_existing": False},
            skip_merge_validation=True,
        )
        refused = [e for e in done.get("errors", []) if e.get("error_code") != _EXISTS]
        return {e["email_address"].lower(): _reason(e) for e in refused}

    def retag(self, tag: str, add: Sequence[str], remove: Sequence[str]) -> dict[str, str]:
        """Give and take one tag; address -> reason where Mailchimp refused to give it."""
        number = self._tag(tag, create=bool(add))
        if number is None:
            return {}
        change = {"members_to_add": list(add), "members_to_remove": list(remove)}
        done = _call(
            self._api.batch_segment_members,
            {name: emails for name, emails in change.items() if emails},
            self._list_id,
            str(number),
        )
        return _untagged(done, frozenset(email.lower() for email in add))

    def _tag(self, name: str, *, create: bool) -> int | None:
        if self._tags is None:
            self._tags = self._read_tags()
        if name not in self._tags and create:
            self._tags = self._tags | self._create_tag(name)
        return self._tags.get(name)

    def _create_tag(self, name: str) -> dict[str, int]:
        body = {"name": name, "static_segment": []}
        try:
            return {name: _call(self._api.create_segment, self._list_id, body)["id"]}
        except Refused:
            # somebody else made it a moment ago: then it is in the list now
            found = self._read_tags()
            if name not in found:
                raise
            return found

    def _read_tags(self) -> dict[str, int]:
        found: dict[str, int] = {}
        while True:
            page = _call(
                self._api.list_segments,
                self._list_id,
                type="static",
                fields=["segments.id", "segments.name"],
                count=_PAGE,
                offset=len(found),
            ).get("segments", [])
            found |= {segment["name"]: segment["id"] for segment in page}
            if len(page) < _PAGE:
                return found


def _call(function: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
    """One SDK call; the answer's JSON object."""
    try:
        answer = function(*args, **kwargs)
    except ApiClientError as error:
        if isinstance(error.text, AdapterError):
            raise error.text from error
        raise OutcomeUnknown(f"{_WHAT}: the SDK failed") from error
    if isinstance(answer, requests.Response):  # how the SDK returns an empty object
        return {}
    if not isinstance(answer, dict):
        raise OutcomeUnknown(f"{_WHAT}: an answer that is no JSON object")
    return answer


def _judge(answer: requests.Response) -> None:
    """Raise unless it is a 2xx, as Mailchimp means its statuses."""
    status = answer.status_code
    if status == 403 and not answer.content:  # noqa: PLR2004
        # a throttle under heavy load, not a withdrawn key
        raise NotSent(f"{_WHAT} asked us to slow down", after=retry_after(answer))
    if status == 404:  # noqa: PLR2004
        raise Disconnected(f"{_WHAT}: the audience does not exist any more")
    if status == 400:  # noqa: PLR2004
        raise Refused(f"{_WHAT}: {_detail(answer)}")
    if 300 <= status < 400:  # noqa: PLR2004
        raise OutcomeUnknown(f"{_WHAT} answered with a redirect (HTTP {status})")
    raise_for(_WHAT, answer)


def _detail(answer: requests.Response) -> str:
    try:
        return str(answer.json()["detail"])[:200]
    except (ValueError, KeyError, TypeError):
        return "HTTP 400"


def _reason(entry: dict[str, Any]) -> str:
    """Mailchimp's words without the address that they begin with."""
    said = str(entry.get("error", "")).replace(str(entry.get("email_address", "")), "").strip()
    return f"{_WHAT}: {said or 'refused'}"[:200]


def _untagged(done: dict[str, Any], wanted: frozenset[str]) -> dict[str, str]:
    refused = [e for e in done.get("errors", []) if "already" not in str(e.get("error")).lower()]
    found = {
        str(email).lower(): _reason(entry)
        for entry in refused
        for email in entry.get("email_addresses", [])
    }
    return {email: reason for email, reason in found.items() if email in wanted}
