"""A sandbox store whose answers are held against the schema."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.contract_data import CONTRACTS
from tests.sandbox import shopify_documents as docs
from tests.sandbox.shopify_shop import Shop


class Checked(Shop):
    """A shop each answer of which is held against the schema, where that is at hand."""

    def get(self, document: str, /, **variables: Any) -> Any:
        """The data of a call's one root field, or of all of them."""
        answer = self.ask(document, **variables)
        assert "errors" not in answer, answer["errors"]
        if CONTRACTS.is_dir():
            assert docs.misfits(document, variables, answer["data"]) == []
        roots = list(answer["data"].values())
        return roots[0] if len(roots) == 1 else roots

    def left(self, query: str = "", **asked: Any) -> list[dict[str, Any]]:
        found = self.get(docs.ABANDONED, query=query, first=50, back=False, **asked)
        return list(found["nodes"])

    def code_id(self, code: str) -> str:
        return str(self.get(docs.CODE, code=code)["id"])

    def later(self, **span: float) -> None:
        self.do("clock", at=(self.store.clock.now() + timedelta(**span)).isoformat())
