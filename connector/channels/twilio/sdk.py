"""Twilio's SDK over our guarded transport; slow to import, so only on the first send."""

from __future__ import annotations

import logging
from typing import Any

import requests
from twilio.base.exceptions import (
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from connector.channels.twilio.errors import error_for
from connector.errors import OutcomeUnknown
from connector.http import retry_after, session, sorted_out, timeout_s


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
    client = Client(account_sid, auth_token, http_client=transport)
    with sorted_out("Twilio"):
        try:
            sid = client.messages.create(**fields).sid
        except (TwilioRestException, TwilioServiceException) as error:
            raise _ours(error, transport) from error
        except (TwilioException, ValueError, TypeError, AttributeError) as error:
            raise OutcomeUnknown("Twilio: an answer that nobody can read") from error
    if not sid:
        raise OutcomeUnknown("Twilio: accepted, but without a message sid")
    return str(sid)


def _ours(error: TwilioRestException | TwilioServiceException, transport: _Transport) -> Exception:
    after = retry_after(transport.answer) if transport.answer is not None else None
    code = error.code if isinstance(error.code, int) and error.code != error.status else None
    return error_for(error.status, code, after)
