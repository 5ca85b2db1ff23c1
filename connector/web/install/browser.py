"""Which browser an installation began in: a key in a cookie of ten minutes."""

from __future__ import annotations

import re
import secrets

from flask import request
from werkzeug.wrappers import Response

from connector.services.installing import LIFE

_KEY = re.compile(r"[A-Za-z0-9_-]{43}")


def key() -> str:
    """The key that this browser brought, or "" if it brought none of ours."""
    given = request.cookies.get(_name(), "")
    return given if _KEY.fullmatch(given) else ""


def key_or_new() -> str:
    """Its key, or a fresh one: a second installation in another tab keeps the first one's."""
    return key() or secrets.token_urlsafe(32)


def remember(answer: Response, kept: str) -> None:
    """Let the browser keep the key until the platform sends it back to us.

    SameSite=Lax: the way back is a plain navigation from the platform's page.
    """
    answer.set_cookie(
        _name(), kept, max_age=LIFE, secure=request.is_secure, httponly=True, samesite="Lax"
    )


def forget(answer: Response) -> None:
    """Make the browser forget it."""
    answer.delete_cookie(_name(), secure=request.is_secure, httponly=True, samesite="Lax")


def account_id() -> int | None:
    """The merchant who is signed in here with an account, for the store to become hers.

    None while nobody is.
    """
    return None


def _name() -> str:
    """Over https a name that browsers let no subdomain and no plain page set."""
    return "__Host-cartwright-install" if request.is_secure else "cartwright_install"
