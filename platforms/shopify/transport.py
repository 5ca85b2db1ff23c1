"""shopifyapi's GraphQL client on our guarded HTTP; imported late, because the package is slow.

The package's own client (12.7.0) has no time-out, prints bodies, knows no throttling, and
keeps its session in class attributes that every thread shares and that an exception leaves
behind. So the session stays an object here, and every answer is judged (`judge`).
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
import shopify

from connector import http
from connector.errors import Disconnected, OutcomeUnknown
from platforms.shopify import errors
from platforms.shopify.names import API_VERSION


class GuardedGraphQL(shopify.GraphQL):  # type: ignore[misc] # the package has no types
    """One store's GraphQL endpoint; `domain` must be a checked shop name."""

    def __init__(self, domain: str, token: str) -> None:
        session = shopify.Session(domain, API_VERSION, token)
        self.endpoint = f"{session.site}/graphql.json"
        self.headers = {"X-Shopify-Access-Token": session.token}

    def execute(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
    ) -> errors.Answered:
        """The `data` of the answer, as JSON, and what it cost; raises connector.errors only."""
        answer = http.call(
            "Shopify",
            "POST",
            self.endpoint,
            headers=self.merge_headers({"Accept": "application/json"}, self.headers),
            json={"query": query, "variables": variables, "operationName": operation_name},
        )
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            raise errors.TokenRefused("Shopify no longer accepts the access token (HTTP 401)")
        if answer.status_code in errors.SHUT:
            raise Disconnected(f"the store is closed (HTTP {answer.status_code})")
        http.raise_for("Shopify", answer)
        return _answered(answer.content)


def _answered(body: bytes) -> errors.Answered:
    try:
        envelope = msgspec.json.decode(body, type=errors.Envelope)
    except errors.UNREADABLE as error:
        raise OutcomeUnknown("Shopify's answer is no GraphQL answer") from error
    errors.judge(envelope)
    return errors.Answered(bytes(envelope.data), errors.pause(envelope.extensions.cost))
