"""Who is signed in to WordPress: the shop's owner, or an account without rights."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TypeVar

from flask import Request
from werkzeug.wrappers import Response

from connector.sandbox.woocommerce.state import State

COOKIE = "wordpress_logged_in_sandbox"
USERS = {"owner": "admin", "customer": "dora"}  # the name by the button pressed
OWNER = USERS["owner"]

Answer = TypeVar("Answer", bound=Response)


def user(state: State, request: Request) -> str:
    """The name of the user who is signed in; "" for nobody."""
    found = state.shelf.get("login", request.cookies.get(COOKIE, ""))
    return str(found["user"]) if found else ""


def sign_in(state: State, answer: Answer, who: str) -> Answer:
    """Give a browser the cookie of a user: "owner" or "customer"."""
    token = secrets.token_urlsafe(24)
    state.shelf.put("login", token, {"user": USERS[who]})
    answer.set_cookie(COOKIE, token, httponly=True, samesite="Lax")
    return answer


def sign_out(state: State, request: Request, answer: Answer) -> Answer:
    """Take the cookie back."""
    state.shelf.drop("login", request.cookies.get(COOKIE, ""))
    answer.delete_cookie(COOKIE)
    return answer


def nonce(request: Request, action: str) -> str:
    """WordPress's mark of a link or form that this browser was shown: ten hex digits."""
    token = request.cookies.get(COOKIE, "")
    return hashlib.sha256(f"{token}|{action}".encode()).hexdigest()[:10]


def is_nonce(request: Request, action: str, given: str) -> bool:
    """True if this browser was shown this mark."""
    return hmac.compare_digest(nonce(request, action).encode(), given.encode())
