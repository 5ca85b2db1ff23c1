"""Forms that change something: only those of our own pages, in the browser that was given them."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from flask import abort, request

from jobs.runtime import runtime

FIELD = "form_token"
READING = frozenset({"GET", "HEAD", "OPTIONS"})


def from_our_own_page() -> None:
    """403 for what a browser says another site sent.

    Sec-Fetch-Site decides where it is sent. Origin is "null" on our own forms too, since our
    pages tell browsers to send no referrer: it then says nothing, and the form's token decides.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site != "same-origin":
        abort(403)
    origin = request.headers.get("Origin", "null")
    if origin != "null" and origin not in _our_origins():
        abort(403)


def _our_origins() -> set[str]:
    public = urlsplit(runtime().config.public_url)
    return {request.host_url.rstrip("/"), f"{public.scheme}://{public.netloc}"}


def token(key: str, what: str) -> str:
    """What every form carries that belongs to this secret of a browser: no other site knows it."""
    return hmac.new(key.encode(), what.encode(), hashlib.sha256).hexdigest()


def check(expected: str) -> None:
    """403 unless the form carries this token."""
    given = request.form.get(FIELD, "").encode()
    if not hmac.compare_digest(expected.encode(), given):
        abort(403)


def wants_page() -> bool:
    """True for a person's browser on its way to a page, which may be led to where she signs in."""
    return request.method == "GET" and "text/html" in request.headers.get("Accept", "")
