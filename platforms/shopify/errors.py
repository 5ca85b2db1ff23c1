"""Shopify's GraphQL errors in our words: most come with HTTP 200."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec

from connector.errors import CodeTaken, Disconnected, NotSent, OutcomeUnknown, Refused
from connector.structs import work_out

# What decoding raises for text that is not JSON, or not of the expected form.
UNREADABLE = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError)
# Payment required (a frozen shop) and locked: shopify.dev, "Status and error codes".
SHUT = frozenset({HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.LOCKED})
_DENIED = "ACCESS_DENIED"
_SCOPE = re.compile(r"`?\b((?:read|write)_[a-z_]{1,50})\b`?")
_GONE = frozenset({"SHOP_INACTIVE", "UNAUTHORIZED", "FORBIDDEN"})
_UNSURE = frozenset({"INTERNAL_SERVER_ERROR", "TIMEOUT"})


class TokenRefused(Disconnected):
    """The access token is no longer good: nothing was done; a renewed one may be."""


class Bucket(msgspec.Struct, rename="camel"):
    """How much of the call budget is left, in points."""

    currently_available: float = 0
    restore_rate: float = 100  # points a second of the smallest plan


class Cost(msgspec.Struct, rename="camel"):
    """What the call cost, or would have."""

    requested_query_cost: float | None = None
    throttle_status: Bucket | None = None


class Extensions(msgspec.Struct):
    """What Shopify adds to an answer or to an error."""

    code: str = ""
    cost: Cost = msgspec.field(default_factory=Cost)
    required_access: str = msgspec.field(default="", name="requiredAccess")


class Problem(msgspec.Struct):
    """One entry of `errors`; the path leads to the field that is missing."""

    message: str = ""
    path: list[str | int] = []
    extensions: Extensions = msgspec.field(default_factory=Extensions)


class Envelope(msgspec.Struct):
    """A GraphQL answer."""

    data: msgspec.Raw = msgspec.Raw(b"null")
    errors: list[Problem] = []
    extensions: Extensions = msgspec.field(default_factory=Extensions)


class Denied(Refused):
    """The app may not see or do `field`, and without it there is no answer at all."""

    def __init__(self, detail: str, field: str) -> None:
        super().__init__(detail)
        self.field = field


@dataclass(frozen=True)
class Answered:
    """The `data` of an answer, and how many seconds to wait before the same is asked again."""

    data: bytes
    pause_s: float = 0.0


class UserError(msgspec.Struct):
    """One entry of a mutation's `userErrors`."""

    message: str = ""
    code: str | None = None
    field: list[str] | None = None


def judge(envelope: Envelope) -> None:
    """Return if the data can be used; else raise what the errors mean.

    A field that the app may not see (protected customer data) comes as null with an error
    of its own: the rest of the answer is good.
    """
    for problem in envelope.errors:
        _raise_for(problem, envelope)
    if bytes(envelope.data) == b"null":
        raise OutcomeUnknown("Shopify answered without data")


def _raise_for(problem: Problem, envelope: Envelope) -> None:
    code, message = problem.extensions.code, f"Shopify: {problem.message[:200]}"
    if code == "THROTTLED":
        raise NotSent("Shopify asked us to slow down", after=_wait(envelope.extensions.cost))
    if code in _UNSURE:
        raise OutcomeUnknown(message)
    if code in _GONE:
        raise Disconnected(message)
    if code == _DENIED and _lost_all(problem, envelope):
        raise Denied(_lacking(problem), str(problem.path[-1]) if problem.path else "")
    if code != _DENIED:
        raise Refused(message)


def _lacking(problem: Problem) -> str:
    """What the merchant would have to grant, as Shopify names it."""
    scopes = _SCOPE.findall(problem.extensions.required_access or problem.message)
    wanted = f"the permission {' or '.join(dict.fromkeys(scopes))}" if scopes else "a permission"
    return f"Shopify denies this: the app has not been granted {wanted}"


def _lost_all(problem: Problem, envelope: Envelope) -> bool:
    data: Any = msgspec.json.decode(envelope.data)
    root = problem.path[0] if problem.path else None
    return not isinstance(data, dict) or data.get(root) is None


def _wait(cost: Cost) -> float:
    return min(max(pause(cost), 0.5), 60)


def pause(cost: Cost) -> float:
    """Seconds until the bucket holds what the call asked for; 0 when it does, or is not told.

    What counts is the cost that is counted before a query runs: it must be there in full.
    """
    bucket = cost.throttle_status
    if bucket is None:
        return 0.0
    lacking = (cost.requested_query_cost or 0) - bucket.currently_available
    return max(lacking / max(bucket.restore_rate, 1), 0.0)


def refuse(problems: Sequence[UserError], what: str) -> None:
    """Raise CodeTaken or Refused if the mutation came back with user errors."""
    if not problems:
        return
    detail = "; ".join(problem.message[:200] for problem in problems[:3])
    if any(problem.code == "TAKEN" for problem in problems):
        raise CodeTaken(f"{what}: {detail}")
    raise Refused(f"{what}: {detail}")


work_out(globals())
