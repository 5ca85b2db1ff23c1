"""Which merchant this browser is signed in as: the account's cookie, and nothing else, says so."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from werkzeug.wrappers import Response

from connector.models import KeyPurpose
from connector.services import account_keys
from connector.services.desk_keys import Opener
from connector.web import forms
from jobs.runtime import runtime

_FORM = "account form"


@dataclass(frozen=True)
class SignedIn:
    """A browser's session of an account; `key` is its secret."""

    key: str
    opener: Opener

    @property
    def account_id(self) -> int:
        """Whose it is."""
        return self.opener.account_id

    @property
    def form_token(self) -> str:
        """What forms to pages of the account carry in this session."""
        return forms.token(self.key, _FORM)


def merchant() -> SignedIn | None:
    """Who is signed in; None if nobody is."""
    key = request.cookies.get(cookie_name(), "")
    with runtime().sessions.all_stores() as session:
        found = account_keys.find(session, key, KeyPurpose.SESSION)
    return SignedIn(key, Opener(found.account_id, found.expires_at)) if found else None


def cookie_name() -> str:
    """Over https a name that browsers let no subdomain and no plain page set."""
    return "__Host-cartwright-account" if request.is_secure else "cartwright_account"


def give_cookie(answer: Response, key: str) -> None:
    """Let the browser keep the session's key, out of reach of scripts."""
    answer.set_cookie(
        cookie_name(),
        key,
        max_age=account_keys.LIVES[KeyPurpose.SESSION],
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )


def take_cookie(answer: Response) -> None:
    """Make the browser forget it."""
    answer.delete_cookie(cookie_name(), secure=request.is_secure, httponly=True, samesite="Lax")
