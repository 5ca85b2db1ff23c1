"""WordPress's error bodies."""

from __future__ import annotations

from typing import Any


class RestError(Exception):
    """An error as REST answers it: code, sentence, status, more data."""

    def __init__(self, code: str, message: str, status: int, **data: Any) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"code": code, "message": message, "data": {"status": status, **data}}


def missing(*names: str) -> RestError:
    """Parameters that must be there."""
    words = f"Missing parameter(s): {', '.join(names)}"
    return RestError("rest_missing_callback_param", words, 400, params=list(names))


def invalid(name: str, words: str, code: str, data: Any = None) -> RestError:
    """A parameter that is not what it should be."""
    detail = {"code": code, "message": words, "data": data}
    return RestError(
        "rest_invalid_param",
        f"Invalid parameter(s): {name}",
        400,
        params={name: words},
        details={name: detail},
    )


def no_such(kind: str) -> RestError:
    """An id that the shop does not have; `kind` as the code names it ("shop_order")."""
    return RestError(f"woocommerce_rest_{kind}_invalid_id", "Invalid ID.", 404)


def no_route() -> RestError:
    """A path or method that REST does not know."""
    words = "No route was found matching the URL and request method."
    return RestError("rest_no_route", words, 404)
