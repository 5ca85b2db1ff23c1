"""The service's own mails that are due: each claimed, written, handed over; no transaction open."""

from __future__ import annotations

from uuid import uuid4

from connector.channels.smtp import Smtp
from connector.errors import AdapterError, ConfigError, NotSent, OutcomeUnknown
from connector.models import KeyPurpose
from connector.ports.channel import Outgoing
from connector.rendering.notices import render_notice
from connector.services import system_mails
from connector.services.account_keys import LIVES
from connector.services.system_mails import Letter
from jobs import trouble
from jobs.runtime import Ref, log, runtime

_PURPOSES = {"confirm": KeyPurpose.VERIFY, "reset": KeyPurpose.RESET}
_NAME = "Cartwright"


def send_system_mails(refs: list[Ref]) -> None:
    """Send each mail; one's trouble is its own."""
    for _, mail_id in refs:
        try:
            _send(mail_id)
        except Exception as error:  # noqa: BLE001 - see the docstring; it is due again soon
            trouble.note(f"system mail {mail_id}", error)


def _send(mail_id: int) -> None:
    sessions = runtime().sessions
    with sessions.all_stores() as session:
        letter = system_mails.claim(session, mail_id)
    if letter is None:
        return
    error = _handed_over(letter)
    with sessions.all_stores() as session:
        if error is None or isinstance(error, OutcomeUnknown):  # it may have left: never twice
            system_mails.done(session, mail_id)
        elif isinstance(error, NotSent) and system_mails.put_back(session, mail_id):
            log.warning("system mail %s waits: %s", mail_id, error.detail)
        else:
            system_mails.done(session, mail_id)
            log.error("system mail %s is given up: %s", mail_id, error.detail)


def _handed_over(letter: Letter) -> AdapterError | None:
    """None if the mail server took it."""
    account = runtime().config.mail
    if account is None:
        raise ConfigError("set CARTWRIGHT_MAIL_URL and CARTWRIGHT_MAIL_FROM")
    try:
        Smtp(account).send(_written(letter))
    except AdapterError as error:
        return error
    return None


def _written(letter: Letter) -> Outgoing:
    service = runtime().config.public_url
    link, hours = "", 0
    if letter.token:
        link = link_to(letter.template, letter.token)
        hours = round(LIVES[_PURPOSES[letter.template]].total_seconds() / 3600)
    rendered = render_notice(letter.template, service, link, hours)
    return Outgoing(
        key=str(uuid4()),
        to=letter.to,
        text=rendered.text,
        sender_name=_NAME,
        subject=rendered.subject,
        html=rendered.html,
    )


def link_to(template: str, token: str) -> str:
    """The page where a link's token is spent, by a button."""
    return f"{runtime().config.public_url}/account/{template}/{token}"
