"""Raw deliveries that name a forgotten person: their text removed, other people's kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

import phonenumbers
from sqlalchemy import case, select, text, update
from sqlalchemy.orm import Session

from connector.domain.people import Identity, IdentityKind
from connector.models import ContactIdentity, Webhook, WebhookState

_GMAIL = "gmail.com"  # the canonical spelling of both of its names, without dots
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
_SHORTEST = 7  # digits of a national number that is no number by chance
_BETWEEN = "[ ().-]{0,3}"  # how people set the digits of a phone apart
# `encode` makes text of any bytes; `offset 0` keeps it from being made twice.
_NAMING_HER = text(
    "select w.id from webhooks w cross join lateral"
    " (select lower(encode(w.body, 'escape') collate \"C\") as said offset 0) b"
    " where w.store_id = :store and w.body is not null and ("
    " (:hers <> '' and b.said ~ :hers)"
    " or (:accounts <> '' and w.topic like 'customer%' and b.said ~ :accounts)"
    " or (:shared <> '' and w.state = 'done' and b.said ~ :shared))"
    " order by w.id for no key update of w"
)


def wipe(session: Session, store_id: int, names: Iterable[Identity], reason: str) -> int:
    """Remove the text of the store's deliveries that name her, and of no others; how many.

    A phone that others have too wipes only what was understood: theirs may have to be read yet.
    """
    found = session.execute(
        _NAMING_HER, {"store": store_id, **_patterns(session, store_id, names)}
    ).scalars()
    return _empty(session, store_id, reason, list(found))


def wipe_all(session: Session, store_id: int, reason: str) -> int:
    """Remove the text of all deliveries of a store; how many."""
    return _empty(session, store_id, reason, None)


def _empty(session: Session, store_id: int, reason: str, ids: list[int] | None) -> int:
    """What has not been read yet cannot be any more: its reader finds the reason."""
    unread = Webhook.state == WebhookState.RECEIVED
    statement = (
        update(Webhook)
        .where(Webhook.store_id == store_id, Webhook.body.is_not(None))
        .values(
            body=None,
            state=case((unread, WebhookState.IGNORED), else_=Webhook.state),
            reason=case((unread, reason), else_=Webhook.reason),
        )
    )
    if ids is not None:
        statement = statement.where(Webhook.id.in_(ids))
    unsynced = {"synchronize_session": False}
    return len(session.execute(statement.returning(Webhook.id), execution_options=unsynced).all())


def _patterns(session: Session, store_id: int, names: Iterable[Identity]) -> dict[str, str]:
    known = set(names)
    values = {kind: {name.value for name in known if name.kind is kind} for kind in IdentityKind}
    phones = values[IdentityKind.PHONE]
    shared = phones & _still_used(session, store_id, phones)
    accounts = sorted(filter(_PLAIN.fullmatch, values[IdentityKind.CUSTOMER]))
    hers = (
        *map(_mail, values[IdentityKind.EMAIL]),
        *map(_phone, phones - shared),
        *map(_account, accounts),
    )
    return {
        "hers": "|".join(sorted(hers)),
        "shared": "|".join(sorted(map(_phone, shared))),
        "accounts": "|".join(sorted(rf'^\s*\{{\s*"id"\s*:\s*"?{_id(a)}' for a in accounts)),
    }


def _still_used(session: Session, store_id: int, phones: set[str]) -> set[str]:
    """Phones under which somebody is known who was not forgotten."""
    found = session.scalars(
        select(ContactIdentity.value).where(
            ContactIdentity.store_id == store_id,
            ContactIdentity.kind == IdentityKind.PHONE,
            ContactIdentity.value.in_(phones),
        )
    )
    return set(found)


def _mail(canonical: str) -> str:
    """An address in any spelling of its mailbox, and in no longer one (joana@ is not ana@)."""
    local, _, domain = canonical.rpartition("@")
    if domain == _GMAIL:
        local, domain = r"\.?".join(map(re.escape, local)), r"(gmail|googlemail)\.com"
    else:
        local, domain = _word(local), _word(domain)
    return rf"(^|[^a-z0-9._+-]){local}(\+[^@ \"]*)?(@|%40){domain}(?![a-z0-9-]|\.[a-z0-9])"


def _word(word: str) -> str:
    """A word as UTF-8 or as JSON may have it, each as `encode` shows it."""
    raw = "".join(f"\\{byte:03o}" if byte > 127 else chr(byte) for byte in word.encode())  # noqa: PLR2004
    quoted = json.dumps(word)[1:-1].replace("\\", "\\\\")
    return "(" + "|".join(sorted({re.escape(raw), re.escape(quoted)})) + ")"


def _phone(e164: str) -> str:
    """A number with or without its country, however its digits are set apart."""
    number = phonenumbers.parse(e164)
    national = str(number.national_number)
    if len(national) < _SHORTEST:
        return re.escape(e164)
    country = _BETWEEN.join(str(number.country_code))
    return rf"(^|[^0-9])({country}{_BETWEEN})?0?{_BETWEEN.join(national)}(?![0-9])"


def _account(id_: str) -> str:
    """An account where a delivery says whose it is: short ids are also those of goods."""
    places = (r'"customer_id"\s*:\s*"?', r'"customer"\s*:\s*\{\s*"id"\s*:\s*"?', "/customer/")
    return f"({'|'.join(places)}){_id(id_)}"


def _id(id_: str) -> str:
    return rf"{re.escape(id_.lower())}(?![0-9a-z_-])"
