"""The channel: one store's Twilio account, out and back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from connector.channels.twilio.inbound import meaning
from connector.domain.text import printable
from connector.errors import (
    InvalidSignature,
    Malformed,
    NotSent,
    OutcomeUnknown,
    Refused,
    Scope,
)
from connector.ports.channel import (
    Channel,
    DeliveryReport,
    Feature,
    Outgoing,
    Receipt,
    Repeat,
    ReportKind,
    Trace,
)
from connector.ports.settings import Setting

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_MAX_BODY = 1600  # letters, Twilio's limit
_MAX_VALIDITY_S = 36_000
_ENDS = {
    "delivered": ReportKind.DELIVERED,
    "read": ReportKind.DELIVERED,
    "failed": ReportKind.FAILED,
    "undelivered": ReportKind.FAILED,
    "canceled": ReportKind.FAILED,
}


class Twilio(Channel):
    """Texts. Twilio has no key against repeats: what may have left is never sent again."""

    kind = "twilio"
    medium = "sms"
    settings = (
        Setting("account_sid", "Account SID"),
        Setting("auth_token", "Auth token", secret=True),
        Setting("sender", "Sender number or messaging service SID"),
    )
    features = frozenset({Feature.DELIVERY_REPORTS, Feature.INBOUND_STOP})
    repeat = Repeat.FIND  # a text that still queues is not in the list, so absence proves nothing

    def send(self, message: Outgoing) -> Receipt:
        """Hand one text over; the provider id is Twilio's message sid."""
        from connector.channels.twilio.sdk import create_message

        fields = self._fields(message)
        return Receipt(
            create_message(self.account["account_sid"], self.account["auth_token"], fields)
        )

    def look_up(self, key: str, to: str, since: datetime) -> list[Trace]:
        """The texts to `to` that Twilio says it sent; it keeps no key, our links tell which."""
        from connector.channels.twilio.sdk import list_messages

        del key
        login = self.account["account_sid"], self.account["auth_token"]
        if not _E164.fullmatch(to):
            return []  # `send` handed none over
        try:
            return list_messages(*login, to, since)
        except OutcomeUnknown as error:
            raise NotSent(error.detail) from error  # a question may be asked again
        except Refused as error:
            # of the question, not of the message: it will never be answered
            raise OutcomeUnknown(error.detail) from error

    def verify_report(self, url: str, form: Sequence[tuple[str, str]], signature: str) -> None:
        """Return if this account's token signed the form and the whole public `url`."""
        from twilio.request_validator import RequestValidator

        token = self.account["auth_token"]  # an empty one would let anybody sign
        if not token or not RequestValidator(token).validate(url, _Form(form), signature):
            raise InvalidSignature("Twilio did not sign this")

    def parse_report(self, form: Mapping[str, str]) -> DeliveryReport:
        """Read a status callback or an inbound text; they may repeat and come in any order."""
        sid = form.get("MessageSid") or form.get("SmsSid", "")
        if not sid:
            raise Malformed("a Twilio call without MessageSid")
        if "MessageStatus" in form:
            return _status(sid, form)
        if form.get("From") and ("Body" in form or "OptOutType" in form):
            return _answer(sid, form)
        raise Malformed("neither a status callback nor an inbound text")

    def _fields(self, message: Outgoing) -> dict[str, object]:
        body = printable(message.text).strip()
        if not _E164.fullmatch(message.to):
            raise Refused("not a phone number in international form", Scope.ADDRESS)
        if not 0 < len(body) <= _MAX_BODY:
            raise Refused(f"a text of {len(body)} letters; Twilio takes 1 to {_MAX_BODY}")
        sender = self.account["sender"]
        by = "messaging_service_sid" if _SERVICE.fullmatch(sender) else "from_"
        fields: dict[str, object] = {"to": message.to, "body": body, by: sender}
        if message.report_url:
            fields["status_callback"] = message.report_url
        if message.valid_for_s is not None:
            fields["validity_period"] = max(1, min(message.valid_for_s, _MAX_VALIDITY_S))
        return fields


class _Form:
    """The form as the SDK's validator reads it: by name, each with all its values."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._pairs = pairs

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._pairs)

    def __bool__(self) -> bool:
        return bool(self._pairs)

    def getall(self, name: str) -> list[str]:
        """All values of one field."""
        return [value for other, value in self._pairs if other == name]


def _status(sid: str, form: Mapping[str, str]) -> DeliveryReport:
    status = form["MessageStatus"]
    kind = _ENDS.get(status, ReportKind.PROGRESS)
    return DeliveryReport(kind, f"{sid}:{status}", sid, detail=form.get("ErrorCode", ""))


def _answer(sid: str, form: Mapping[str, str]) -> DeliveryReport:
    kind = meaning(form.get("Body", ""), form.get("OptOutType", ""))
    return DeliveryReport(kind, f"{sid}:inbound", "", address=form["From"])
