"""What a shopper said to us, written into her account."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from connector.errors import Refused
from connector.ports.events import ConsentState
from connector.ports.platform import ConsentWord
from platforms.shopify.care_answers import (
    CustomerIdAnswer,
    Done,
    EmailConsentAnswer,
    SmsConsentAnswer,
)
from platforms.shopify.care_operations import CUSTOMER_ID, EMAIL_CONSENT, SMS_CONSENT
from platforms.shopify.client import Client
from platforms.shopify.errors import Denied, refuse
from platforms.shopify.names import gid, is_number

_STATES = {ConsentState.YES: "SUBSCRIBED", ConsentState.NO: "UNSUBSCRIBED"}
_NO_SCOPE = "the app may not change customers: it needs the permission write_customers"


def tell(client: Client, word: ConsentWord) -> bool:
    """Write it; False where the shop has no such customer. Writing it twice is no harm."""
    try:
        return _told(client, word)
    except Denied as error:
        raise Refused(_NO_SCOPE) from error


def _told(client: Client, word: ConsentWord) -> bool:
    customer = _customer(client, word)
    if not customer:
        return False
    said: dict[str, Any] = {
        "marketingState": _STATES[word.state],
        "consentUpdatedAt": word.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    }
    if word.state is ConsentState.YES:
        said["marketingOptInLevel"] = "SINGLE_OPT_IN"  # one message of hers, unconfirmed
    done = _written(client, word.channel, customer, said)
    refuse(done.user_errors, f"{word.channel} consent")
    return True


def _written(client: Client, channel: str, customer: str, said: dict[str, Any]) -> Done:
    """Each channel has its own mutation."""
    if channel == "email":
        asked = {"customerId": customer, "emailMarketingConsent": said}
        answer = client.run(EMAIL_CONSENT, EmailConsentAnswer, input=asked)
        return answer.customer_email_marketing_consent_update
    asked = {"customerId": customer, "smsMarketingConsent": said}
    texts = client.run(SMS_CONSENT, SmsConsentAnswer, input=asked)
    return texts.customer_sms_marketing_consent_update


def _customer(client: Client, word: ConsentWord) -> str:
    """Her account: by the address that she spoke of, since a merged account has a new id.

    The account by its id may have another address there: of that she said no yes.
    """
    by_id = is_number(word.customer_id) and word.state is ConsentState.NO
    names = {
        "emailAddress": word.email,
        "phoneNumber": word.phone,
        "id": gid("Customer", word.customer_id) if by_id else "",
    }
    asked = (_found(client, name, value) for name, value in names.items() if value)
    return next(filter(None, asked), "")


def _found(client: Client, name: str, value: str) -> str:
    answer = client.run(CUSTOMER_ID, CustomerIdAnswer, who={name: value})
    return answer.customer_by_identifier.id if answer.customer_by_identifier else ""
