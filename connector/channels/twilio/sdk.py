"""Twilio's SDK over our guarded transport; slow to import, so only on the first send."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import requests
from twilio.base.exceptions import TwilioException, TwilioServiceException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from connector.channels.twilio.errors import error_for
from connector.errors import AdapterError, OutcomeUnknown
from connector.http import retry_after, session, sorted_out, timeout_s
from connector.ports.channel import Trace

_MOST = 100  # texts to one number in a few hours: more than there ever are
_UNREADABLE = (ValueError, TypeError, AttributeError, KeyError)


class _Transport(HttpClient):  # type: ignore[misc]
    """Sends each call through connector.http; the SDK's own client has no time-out and logs."""

    def __init__(self) -> None:
        super().__init__(logging.getLogger("twilio"), is_async=False, timeout=timeout_s())
        self.answer: requests.Response | None = None

    def request(  # noqa: PLR0913, PLR0917 - the SDK's signature
        self,
        method: str,
        uri: str,
        params: Any = None,
        data: Any = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,  # noqa: FBT001, FBT002
    ) -> Response:
        """One call, its answer kept for what the SDK throws away (Retry-After)."""
        with session() as opened:
            self.answer = opened.request(
                method,
                uri,
                params=params,
                data=data,
                headers=headers,
                auth=auth,
                timeout=timeout or self.timeout,
                allow_redirects=allow_redirects,
            )
        return Response(self.answer.status_code, self.answer.text, dict(self.answer.headers))


def create_message(account_sid: str, auth_token: str, fields: dict[str, object]) -> str:
    """Create one message and return its sid.

    Raises NotSent, Refused, Disconnected; OutcomeUnknown too when a 201 carries no sid.
    """
    transport = _Transport()
    with _judged(transport):
        sid = _client(account_sid, auth_token, transport).messages.create(**fields).sid
    if not sid:
        raise OutcomeUnknown("Twilio: accepted, but without a message sid")
    return str(sid)


def list_messages(account_sid: str, auth_token: str, to: str, since: datetime) -> list[Trace]:
    """The texts to `to` that left since then, newest first; what still queues has no date yet.

    Raises as `create_message` does.
    """
    transport = _Transport()
    with _judged(transport):
        # the SDK writes a "Z" after whatever time it is given
        found = _client(account_sid, auth_token, transport).messages.list(
            to=to, date_sent_after=since.astimezone(UTC), limit=_MOST
        )
        return [
            Trace(str(message.sid), message.body or "")
            for message in found
            if message.sid and message.direction.startswith("outbound")
        ]


def _client(account_sid: str, auth_token: str, transport: _Transport) -> Client:
    return Client(account_sid, auth_token, http_client=transport)


@contextlib.contextmanager
def _judged(transport: _Transport) -> Iterator[None]:
    """Turn what the SDK raises into ours, by the answer itself: lists lose even its status."""
    with sorted_out("Twilio"):
        try:
            yield
        except (TwilioException, TwilioServiceException, *_UNREADABLE) as error:
            raise _refusal(transport.answer) from error


def _refusal(answer: requests.Response | None) -> AdapterError:
    if answer is None or answer.status_code < 300:  # noqa: PLR2004
        return OutcomeUnknown("Twilio: an answer that nobody can read")
    return error_for(answer.status_code, _code(answer), retry_after(answer))


def _code(answer: requests.Response) -> int | None:
    """Twilio's own code; None where the body is not Twilio's."""
    try:
        code = answer.json()["code"]
    except (ValueError, KeyError, TypeError):
        return None
    return code if isinstance(code, int) else None
