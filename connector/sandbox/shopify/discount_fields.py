"""The fields of the API about code discounts: made, found, ended one by one or many at once."""

from __future__ import annotations

from collections.abc import Callable

from connector.sandbox.shopify import discount_input, discounts
from connector.sandbox.shopify.document import Resolver
from connector.sandbox.shopify.paging import Source, by_number
from connector.sandbox.shopify.world import Doc, World

_WAYS = ("ids", "search", "savedSearchId")
_TYPES = {"percent": "percentage", "fixed": "fixed_amount", "shipping": "free_shipping"}


class Discounts:
    """Queries and mutations over the shop's codes."""

    def __init__(self, world: World) -> None:
        self._world = world

    def queries(self) -> dict[str, Resolver]:
        """Root fields of queries."""
        now = self._world.clock.now
        return {
            "codeDiscountNodeByCode": self._by_code,
            "discountNode": self._discount,
            "discountNodes": lambda asked: self._source().connection(asked, now()),
            "discountNodesCount": lambda asked: self._source().count(asked, now()),
            "job": self._job,
        }

    def mutations(self) -> dict[str, Resolver]:
        """Root fields of mutations."""
        return {
            "discountCodeBasicCreate": lambda asked: self._create(asked, discount_input.BASIC),
            "discountCodeFreeShippingCreate": (
                lambda asked: self._create(asked, discount_input.SHIPPING)
            ),
            "discountCodeDeactivate": self._deactivate,
            "discountCodeDelete": self._delete,
            "discountCodeBulkDeactivate": lambda asked: self._many(asked, self._end),
            "discountCodeBulkDelete": lambda asked: self._many(asked, self._drop),
        }

    def _by_code(self, asked: Doc) -> Doc | None:
        found = discounts.find(self._world, str(asked["code"]))
        return discounts.node(found, self._world.clock.now()) if found else None

    def _create(self, asked: Doc, root: str) -> Doc:
        forced = self._world.faults.take("user_error")
        if forced:
            words = f"was refused ({forced})"
            problem = discount_input.user_error(root, forced, "code", words)
            return {"codeDiscountNode": None, "userErrors": [problem]}
        made, problems = discounts.create(self._world, asked[root], root)
        node = discounts.node(made, self._world.clock.now()) if made else None
        return {"codeDiscountNode": node, "userErrors": problems}

    def _source(self) -> Source:
        world, now = self._world, self._world.clock.now()
        return Source(
            docs=lambda: world.shelf.scan("code"),
            searched=lambda one: {
                "id": one["id"],
                "code": one["code"],
                "title": one["title"],
                "status": discounts.status(one, now).lower(),
                "starts_at": one["starts_at"],
                "ends_at": one["ends_at"],
                "created_at": _made(one),
                "times_used": len(one["used_by"]),
                "method": "code",
                "discount_type": _TYPES[one["kind"]],
                "type": _TYPES[one["kind"]],
            },
            keys={
                "CREATED_AT": _made,
                "ID": by_number,
                "RELEVANCE": by_number,
                "STARTS_AT": lambda one: str(one["starts_at"]),
                "ENDS_AT": lambda one: str(one["ends_at"] or "9999"),
                "TITLE": lambda one: str(one["title"]),
            },
            node=self._shown,
        )

    def _shown(self, kept: Doc) -> Doc:
        node = discounts.node(kept, self._world.clock.now())
        return {"id": node["id"], "discount": node["codeDiscount"]}

    def by_id(self, gid: object) -> Doc | None:
        """A code's discount by its id."""
        number = str(gid).removeprefix(discounts.GID)
        found = (one for one in self._world.shelf.scan("code") if str(one["id"]) == number)
        return next(found, None)

    def _discount(self, asked: Doc) -> Doc | None:
        found = self.by_id(asked["id"])
        return self._shown(found) if found else None

    def _refused(self, kept: Doc | None) -> Doc | None:
        forced = self._world.faults.take("user_error")
        if kept is not None and not forced:
            return None
        words = f"was refused ({forced})" if forced else "does not exist."
        return {**discount_input.user_error("", forced or "INVALID", "id", words), "field": ["id"]}

    def _deactivate(self, asked: Doc) -> Doc:
        kept = self.by_id(asked["id"])
        problem = self._refused(kept)
        if kept is None or problem:
            return {"codeDiscountNode": None, "userErrors": [problem]}
        ended = self._end(kept)
        return {
            "codeDiscountNode": discounts.node(ended, self._world.clock.now()),
            "userErrors": [],
        }

    def _end(self, kept: Doc) -> Doc:
        """It ends now; one that has ended keeps its end."""
        if discounts.status(kept, self._world.clock.now()) == "EXPIRED":
            return kept
        ended = {**kept, "ends_at": self._world.now()}
        return self._world.shelf.put("code", kept["code"].upper(), ended)

    def _delete(self, asked: Doc) -> Doc:
        kept = self.by_id(asked["id"])
        problem = self._refused(kept)
        if kept is None or problem:
            return {"deletedCodeDiscountId": None, "userErrors": [problem]}
        self._drop(kept)
        return {"deletedCodeDiscountId": asked["id"], "userErrors": []}

    def _drop(self, kept: Doc) -> None:
        self._world.shelf.drop("code", kept["code"].upper())

    def _many(self, asked: Doc, act: Callable[[Doc], object]) -> Doc:
        """By ids or by a search, just one of them; the answer comes before the work is done."""
        ways = [name for name in _WAYS if asked.get(name) is not None]
        forced = self._world.faults.take("user_error")
        if len(ways) != 1 or ways == ["savedSearchId"] or forced:
            code = forced or ("TOO_MANY_ARGUMENTS" if len(ways) > 1 else "MISSING_ARGUMENT")
            words = "is one of ids, search or saved_search_id"
            problem = {**discount_input.user_error("", code, "search", words), "field": None}
            return {"job": None, "userErrors": [problem]}
        if ways == ["ids"]:
            numbers = {str(gid).removeprefix(discounts.GID) for gid in asked["ids"]}
            chosen = [one for one in self._source().docs() if str(one["id"]) in numbers]
        else:
            chosen = list(self._source().found(str(asked["search"]), self._world.clock.now()))
        for one in chosen:
            act(one)
        number = str(self._world.new_id("job"))
        self._world.shelf.put("job", number, {"id": number})
        return {"job": {"id": f"gid://shopify/Job/{number}", "done": False}, "userErrors": []}

    def _job(self, asked: Doc) -> Doc | None:
        number = str(asked["id"]).removeprefix("gid://shopify/Job/")
        kept = self._world.shelf.get("job", number)
        return {"id": asked["id"], "done": True} if kept else None


def _made(discount: Doc) -> str:
    return str(discount.get("created_at") or discount["starts_at"])
