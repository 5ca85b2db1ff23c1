"""Calls to one store's Admin API: typed answers, our errors, all pages at the store's pace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec

from connector.errors import Disconnected, NotSent, OutcomeUnknown
from connector.ports.platform import StoreAccount
from platforms.shopify.answers import Page
from platforms.shopify.errors import UNREADABLE, Answered, TokenRefused
from platforms.shopify.names import is_shop, is_token
from platforms.shopify.operation import Operation

T = TypeVar("T")


class Client:
    """One store, with its token; keeps no connection, only how long the last call has us wait."""

    def __init__(self, account: StoreAccount) -> None:
        self._domain = account.domain
        self._token = account.credentials.get("access_token", "")
        self._renew = account.token
        self.pause_s = 0.0  # until a call like the last one may follow

    def run(self, operation: Operation, answer: type[T], **variables: Any) -> T:
        """Carry one operation out.

        Raises Disconnected, NotSent, Refused, and OutcomeUnknown for a write that may have
        happened; a read that failed somehow has done nothing, so it is NotSent.
        """
        try:
            answered = self._execute(operation, variables)
            self.pause_s = answered.pause_s
            return _decoded(answered.data, answer)
        except OutcomeUnknown as error:
            if operation.writes:
                raise
            raise NotSent(error.detail) from error

    def pages(
        self,
        operation: Operation,
        answer: type[T],
        page_of: Callable[[T], Page],
        **variables: Any,
    ) -> Iterator[T]:
        """The answers of all pages; stops where the cursor no longer moves.

        Nobody sleeps here: with too few points left for the next page it raises NotSent, and
        the reader comes back `after` so many seconds with what it has.
        """
        after: str | None = None
        while True:
            got = self.run(operation, answer, after=after, **variables)
            yield got
            page = page_of(got)
            if not page.has_next_page or page.end_cursor in {None, after}:
                return
            self.spare()
            after = page.end_cursor

    def spare(self) -> None:
        """Return if a call like the last one may follow at once; else raise NotSent."""
        if self.pause_s > 0:
            raise NotSent("Shopify asks us to pause between pages", after=self.pause_s)

    def _execute(self, operation: Operation, variables: Mapping[str, Any]) -> Answered:
        token = self._renew("") if self._renew else self._token
        try:
            return self._call(token, operation, variables)
        except TokenRefused:  # nothing was done there: once more with a token that is renewed
            if self._renew is None:
                raise
            return self._call(self._renew(token), operation, variables)

    def _call(self, token: str, operation: Operation, variables: Mapping[str, Any]) -> Answered:
        if not is_shop(self._domain) or not is_token(token):
            raise Disconnected("the store has no valid shop name or access token")
        from platforms.shopify.transport import GuardedGraphQL

        graphql = GuardedGraphQL(self._domain, token)
        return graphql.execute(operation.document, variables, operation.name)


def _decoded(data: bytes, answer: type[T]) -> T:
    try:
        return msgspec.json.decode(data, type=answer)
    except UNREADABLE as error:
        raise OutcomeUnknown("Shopify's answer has an unexpected form") from error
