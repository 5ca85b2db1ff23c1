"""What Twilio's codes (https://www.twilio.com/docs/api/errors) let us do."""

from __future__ import annotations

from connector.errors import (
    AdapterError,
    Disconnected,
    NotSent,
    OutcomeUnknown,
    Refused,
    Scope,
)

_OPTED_OUT = frozenset({21610})
_BAD_NUMBER = frozenset({21211, 21217, 21614, 30005, 30006})
# credentials, geo permission, sender, service, registration: nothing of this account goes out
_SET_UP = frozenset(
    {20003, 20404, 21212, 21408, 21606, 21611, 21705, 21712, 30002, 30032, 30034, 30035}
) | frozenset(range(35114, 35126))
# a full queue; Twilio's own quiet hours: not accepted
_LATER = frozenset({20429, 30001, 30610})


def error_for(status: int, code: int | None, after: float | None) -> AdapterError:
    """Our error for an answer that is no 2xx; `after` is its Retry-After in seconds.

    Twilio may add codes: an unknown 4xx spends this message and keeps the number.
    """
    shown = f"Twilio: HTTP {status}, code {code}" if code else f"Twilio: HTTP {status}"
    if code in _OPTED_OUT:
        return Refused(shown, Scope.OPT_OUT)
    if code in _BAD_NUMBER:
        return Refused(shown, Scope.ADDRESS)
    if status == 429 or code in _LATER:  # noqa: PLR2004
        return NotSent(shown, after)
    return _by_status(status, code, shown)


def _by_status(status: int, code: int | None, shown: str) -> AdapterError:
    if status in {401, 403, 404} or code in _SET_UP:
        return Disconnected(shown)
    if 400 <= status < 500:  # noqa: PLR2004
        return Refused(shown)
    return OutcomeUnknown(shown)  # 5xx, or a redirect that we do not follow
