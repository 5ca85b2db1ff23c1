"""Links in messages: tokens nobody can guess, whose rows say what they open. They log nobody in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.models import Click, Link, LinkPurpose, Message
from connector.services import journal
from connector.signing import token_hash

RECOVERY_LIFE = timedelta(days=30)
_BYTES = 16  # 128 bits: 22 characters in a URL
_TOKEN_LENGTH = 22
_IN_TEXT = re.compile(r"/[ru]/([A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])")


@dataclass(frozen=True)
class Opened:
    """What a token opens: a link of one store, or nothing."""

    store_id: int
    link_id: int
    message_id: int


def issue(
    session: Session, message: Message, purpose: LinkPurpose, now: datetime, secret: bytes = b""
) -> str:
    """A token for a message. With `secret` it is always the same one for this message.

    So a message that is written again carries the links of a copy that may have left before.
    Without, a fresh one, and what was issued before stops working.
    """
    token = _token(secret, message, purpose) if secret else secrets.token_urlsafe(_BYTES)
    expires = now + RECOVERY_LIFE if purpose is LinkPurpose.RECOVER else None
    row = {
        "store_id": message.store_id,
        "message_id": message.id,
        "purpose": purpose,
        "token_hash": token_hash(token),
        "expires_at": expires,
    }
    again = {"token_hash": row["token_hash"], "expires_at": expires}
    session.execute(
        insert(Link)
        .values(row)
        .on_conflict_do_update(index_elements=["message_id", "purpose"], set_=again)
    )
    return token


def _token(secret: bytes, message: Message, purpose: LinkPurpose) -> str:
    """As good as random to whoever lacks the secret; no row gives it away."""
    name = f"link:{message.store_id}:{message.key}:{purpose}".encode()
    digest = hmac.digest(secret, name, hashlib.sha256)[:_BYTES]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def in_text(text: str) -> set[str]:
    """The tokens of all links of ours that stand in a text."""
    return set(_IN_TEXT.findall(text))


def belong(session: Session, message: Message, tokens: Iterable[str]) -> bool:
    """True if one of the tokens is a link of this message."""
    hashes = [token_hash(token) for token in tokens]
    found = session.scalar(
        select(Link.id).where(Link.message_id == message.id, Link.token_hash.in_(hashes)).limit(1)
    )
    return found is not None


def find(session: Session, token: str, purpose: LinkPurpose, now: datetime) -> Opened | None:
    """What a token opens for this purpose; None if it is unknown or its time is over.

    Runs in the broker's transaction: the token alone says which store it is.
    """
    if len(token) != _TOKEN_LENGTH:
        return None
    row = session.execute(
        select(Link.id, Link.store_id, Link.message_id, Link.expires_at).where(
            Link.token_hash == token_hash(token), Link.purpose == purpose
        )
    ).one_or_none()
    if row is None or (row.expires_at is not None and row.expires_at <= now):
        return None
    return Opened(row.store_id, row.id, row.message_id)


def clicked(session: Session, opened: Opened, now: datetime, *, human: bool) -> Message:
    """Record a click; gives the message whose cart is to be restored."""
    message = session.get_one(Message, opened.message_id)
    session.add(
        Click(
            store_id=opened.store_id,
            link_id=opened.link_id,
            message_id=message.id,
            human=human,
            at=now,
        )
    )
    if human:
        about = journal.About(opened.store_id, message.cart_id, message.contact_id, message.run_id)
        text = f"Came back through the {message.medium}"
        journal.note(session, about, "click", text, now, message=message.id)
    return message
