"""What vendors say happened later: kept once, in any order, also before our own record."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import false, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.domain.people import Identity, IdentityKind
from connector.models import Message, MessageEvent, MessageState
from connector.ports.channel import DeliveryReport, ReportKind
from connector.ports.events import ConsentMark, ConsentState
from connector.services import consents, contacts, outcomes
from connector.services.ledger import tell
from connector.services.messages_plan import WITHOUT_EFFECT

_MEDIUM = "sms"  # the only medium whose vendors report people's replies


def record(
    session: Session,
    store_id: int,
    provider: str,
    report: DeliveryReport,
    now: datetime,
    key: UUID | None = None,
) -> None:
    """Keep a report and act on it, once.

    `key` is our own name of the message, from the address that the vendor called: it finds
    a message whose receipt we never read.
    """
    row = {
        "store_id": store_id,
        "provider": provider,
        "event_key": report.event_key,
        "provider_id": report.provider_id,
        "kind": report.kind,
        "detail": report.detail,
        "at": report.at or now,
    }
    made = session.scalar(
        insert(MessageEvent).values(row).on_conflict_do_nothing().returning(MessageEvent.id)
    )
    if made is None:
        return
    if report.kind in {ReportKind.STOPPED, ReportKind.STARTED}:
        _reply(session, store_id, report, now)
    elif report.provider_id:
        _about_message(session, store_id, provider, report, now, key)


def _reply(session: Session, store_id: int, report: DeliveryReport, now: datetime) -> None:
    """A person's STOP or START, for everyone who has that phone."""
    state = ConsentState.NO if report.kind is ReportKind.STOPPED else ConsentState.YES
    names = [Identity(IdentityKind.PHONE, report.address)]
    people = contacts.lock(session, contacts.matching(session, store_id, names))
    if state is ConsentState.NO:
        contacts.suppress(session, store_id, _MEDIUM, report.address, "unsubscribed", now)
    for contact in people:
        mark = ConsentMark(_MEDIUM, state, now, "reply")
        consents.say(session, contact, mark, now, report.address)


def _about_message(
    session: Session,
    store_id: int,
    provider: str,
    report: DeliveryReport,
    now: datetime,
    key: UUID | None,
) -> None:
    theirs = Message.provider_id == report.provider_id
    named = (Message.key == key) & (Message.provider_id == "") if key else false()
    message = session.scalar(
        select(Message)
        .where(Message.store_id == store_id, Message.provider == provider, theirs | named)
        .with_for_update()
        .limit(1)
    )
    if message is None or message.state in WITHOUT_EFFECT:
        return
    message.provider_id = report.provider_id  # a crash after this loses no proof
    if message.state is not MessageState.INFLIGHT:  # else `catch_up` applies it
        settle(session, message, report.kind, report.detail, report.at or now)


def catch_up(session: Session, message: Message) -> None:
    """Apply the reports that came before the message's own record."""
    if not message.provider_id:
        return
    events = session.scalars(
        select(MessageEvent).where(
            MessageEvent.store_id == message.store_id,
            MessageEvent.provider == message.provider,
            MessageEvent.provider_id == message.provider_id,
        )
    )
    for event in list(events):
        settle(session, message, ReportKind(event.kind), event.detail, event.at)


def settle(session: Session, message: Message, kind: ReportKind, detail: str, at: datetime) -> None:
    """A message's fate: a delivery is final, whatever comes after it.

    Any report is proof that the vendor has the message; one that it did not arrive lets the
    next medium try.
    """
    if message.delivered_at is not None:
        return
    if kind is ReportKind.FAILED:
        _failed(session, message, detail, at)
        return
    outcomes.prove(session, message, message.provider_id, at)
    if kind is ReportKind.DELIVERED and message.state is MessageState.SENT:
        message.delivered_at = at
        tell(session, message, f"Delivered: {message.medium}", at)


def _failed(session: Session, message: Message, detail: str, at: datetime) -> None:
    if message.state in {MessageState.SENT, MessageState.UNKNOWN, MessageState.RESOLVING}:
        outcomes.failed(session, message, f"not delivered ({detail})", at)
