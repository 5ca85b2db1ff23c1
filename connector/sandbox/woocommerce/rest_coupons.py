"""REST v3's coupons: made, found, changed, put into the trash, deleted; 100 at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, jsonify, request

from connector.sandbox.woocommerce import coupons, lists
from connector.sandbox.woocommerce.auth import last_values
from connector.sandbox.woocommerce.errors import RestError
from connector.sandbox.woocommerce.state import State, key_of

_MOST = 100


class CouponCalls:
    """The calls below /coupons."""

    def __init__(self, state: State) -> None:
        self.state = state

    def list_coupons(self) -> Response:
        """Those that are not in the trash: by code, search, time of making and change."""
        query = last_values(request)
        found = [c for c in coupons.all_of(self.state) if c["status"] != "trash"]
        if "code" in query:
            found = [c for c in found if c["code"] == query["code"].strip().lower()]
        words = query.get("search", "").lower()
        found = [c for c in found if words in c["code"] or words in c["description"].lower()]
        ids = lists.wanted_ids(query)
        found = [c for c in found if not ids or str(c["id"]) in ids]
        found = lists.ordered(lists.in_time(self.state, found))
        return lists.paged(found, self._shown)

    def new_coupon(self) -> Response:
        """Make a coupon."""
        body = self._shown(coupons.create(self.state, _json()))
        answer = jsonify(body)
        answer.status_code = 201
        answer.headers["Location"] = body["_links"]["self"][0]["href"]
        return answer

    def one_coupon(self, key: str) -> Response:
        """Look at a coupon, change it, or throw it away: `force` skips the trash."""
        coupon = coupons.get(self.state, key)
        if request.method == "DELETE":
            force = last_values(request).get("force") in {"true", "1"}
            return jsonify(self._delete(coupon, force=force))
        if request.method != "GET":
            coupon = coupons.update(self.state, coupon, _json())
        return lists.answer(self._shown(coupon))

    def _delete(self, coupon: dict[str, Any], *, force: bool) -> dict[str, Any]:
        """The coupon as it was before; deleting in batches always skips the trash."""
        shown = self._shown(coupon)
        if force:
            self.state.shelf.drop("coupon", key_of(coupon["id"]))
        elif coupon["status"] == "trash":
            words = "The shop_coupon has already been deleted."
            raise RestError("woocommerce_rest_already_trashed", words, 410)
        else:
            coupons.trash(self.state, coupon)
        return shown

    def batch(self) -> Response:
        """create, update and delete, 100 in all: what fails says so in its own place."""
        asked = _json()
        kinds = {name: asked[name] for name in ("create", "update", "delete") if name in asked}
        if sum(len(items) for items in kinds.values()) > _MOST:
            words = f"Unable to accept more than {_MOST} items for this request."
            raise RestError("woocommerce_rest_request_entity_too_large", words, 413)
        does: dict[str, Callable[[Any], dict[str, Any]]] = {
            "create": lambda item: self._shown(coupons.create(self.state, item)),
            "update": self._update,
            "delete": lambda item: self._delete(coupons.get(self.state, str(item)), force=True),
        }
        done = {kind: [_tried(does[kind], item) for item in items] for kind, items in kinds.items()}
        return jsonify(done)

    def _update(self, item: Mapping[str, Any]) -> dict[str, Any]:
        stored = coupons.get(self.state, str(item.get("id", "")))
        return self._shown(coupons.update(self.state, stored, item))

    def _shown(self, coupon: Mapping[str, Any]) -> dict[str, Any]:
        return coupons.body(self.state, coupon)


def _tried(do: Callable[[Any], dict[str, Any]], item: Any) -> dict[str, Any]:
    try:
        return do(item)
    except RestError as error:
        number = item.get("id", 0) if isinstance(item, Mapping) else item
        return {"id": number, "error": error.body}


def _json() -> dict[str, Any]:
    given = request.get_json(silent=True)
    return given if isinstance(given, dict) else {}
