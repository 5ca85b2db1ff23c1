"""Rows that no play brings about, or not shortly."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.errors import OutcomeUnknown
from connector.models import (
    ChannelAccount,
    LinkPurpose,
    Message,
    MessageState,
    Store,
    Webhook,
    WebhookState,
)
from connector.ports.platform import StoreInfo
from connector.services import flows, installs, links
from connector.session import Sessions
from jobs.connecting import library_flow
from jobs.runtime import runtime
from tests.stage import START, Stage


def open_store(
    sessions: Sessions, platform: str, domain: str, at: datetime = START, **told: str
) -> Store:
    """A connected sandbox store with mail, texts and the first flow; `told` is its StoreInfo."""
    storefront = told.pop("storefront", "https://shop.example")
    info = StoreInfo(storefront=storefront, email="", **told)
    with Session(sessions.app, expire_on_commit=False) as session, session.begin():
        new = installs.NewStore(platform, domain, {"token": "t"}, sandbox=True)
        store, _ = installs.connect(session, runtime().vault, new, info, at, None)
        for kind in ("fake_mail", "fake_text"):
            installs.add_channel(session, runtime().vault, store, kind, {})
        flows.install(session, store, library_flow("cart-recovery"), at)
    return store


def delivery(
    stage: Stage,
    state: WebhookState = WebhookState.DEAD,
    topic: str = "orders/create",
    reason: str = "id is missing",
    body: bytes | None = b'{"secret": "body-canary"}',
) -> int:
    """A delivery that was read already."""
    with stage.session() as session:
        count = len(list(session.scalars(select(Webhook.id))))
        row = Webhook(
            store_id=stage.store.id,
            topic=topic,
            dedup_key=f"{topic}-{count}",
            happened_at=stage.now,
            body=body,
            state=state,
            reason=reason,
            attempts=1,
        )
        session.add(row)
        session.flush()
        return row.id


def click(stage: Stage, step: str) -> None:
    """The reader of a step's message comes back through its link."""
    with stage.session() as session:
        left = (Message.step_id == step, Message.state == MessageState.SENT)
        message = session.scalars(select(Message).where(*left)).one()
        token = links.issue(session, message, LinkPurpose.RECOVER, stage.now)
    with stage.sessions.all_stores() as session:
        opened = links.find(session, token, LinkPurpose.RECOVER, stage.now)
    assert opened is not None
    with stage.session() as session:
        links.clicked(session, opened, stage.now, human=True)


def paused_channel(stage: Stage, kind: str, reason: str) -> None:
    """The vendor of a channel refused the store's login."""
    with stage.session() as session:
        account = session.scalars(select(ChannelAccount).where(ChannelAccount.kind == kind)).one()
        account.paused = reason


def silence() -> Exception:
    """What a vendor's call ends in when no answer comes."""
    return OutcomeUnknown("no answer came in time")
