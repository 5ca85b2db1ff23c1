"""The shapes of the answers by which a store is looked after: only what we read."""

from __future__ import annotations

import msgspec

from connector.structs import work_out
from platforms.shopify.answers import Answer, Country, Moment, Page, PriceSet
from platforms.shopify.errors import UserError
from platforms.shopify.order_answers import Customer, Gid, LineItems


class Checkout(Answer):
    """A checkout; people and link may be withheld from the app (null)."""

    id: str
    created_at: Moment
    updated_at: Moment
    total_price_set: PriceSet
    name: str | None = None
    completed_at: Moment | None = None
    abandoned_checkout_url: str | None = None
    customer: Customer | None = None
    shipping_address: Country | None = None
    billing_address: Country | None = None
    line_items: LineItems | None = None


class Checkouts(Answer):
    """A page of checkouts, each to be read by itself."""

    nodes: list[msgspec.Raw]
    page_info: Page


class AbandonedAnswer(Answer):
    """To Abandoned."""

    abandoned_checkouts: Checkouts


class LeftCheckout(Answer):
    """Whether a checkout has a link."""

    abandoned_checkout_url: str | None = None


class LeftCheckouts(Answer):
    """The newest checkout that was left."""

    nodes: list[LeftCheckout] = []


class LeftAnswer(Answer):
    """To LastLeft."""

    abandoned_checkouts: LeftCheckouts


class RemindedCheckout(Answer):
    """A checkout about which the shop itself wrote."""

    created_at: Moment


class RemindedCheckouts(Answer):
    """The newest of them."""

    nodes: list[RemindedCheckout] = []


class RemindedAnswer(Answer):
    """To LastReminded."""

    abandoned_checkouts: RemindedCheckouts


class Abandonment(Answer):
    """What the shop itself did about a checkout that was left."""

    email_state: str | None = None
    email_sent_at: Moment | None = None


class AbandonmentAnswer(Answer):
    """To Abandonment: null where there is none."""

    abandonment_by_abandoned_checkout_id: Abandonment | None = None


class Done(Answer):
    """The outcome of a write of which only the refusals matter."""

    user_errors: list[UserError] = []


class WebhookDeleteAnswer(Answer):
    """To WebhookDelete."""

    webhook_subscription_delete: Done


class CodeDeleteAnswer(Answer):
    """To CodeDelete."""

    discount_code_delete: Done


class CodeDeactivateAnswer(Answer):
    """To CodeDeactivate."""

    discount_code_deactivate: Done


class EmailConsentAnswer(Answer):
    """To EmailConsent."""

    customer_email_marketing_consent_update: Done


class SmsConsentAnswer(Answer):
    """To SmsConsent."""

    customer_sms_marketing_consent_update: Done


class CustomerIdAnswer(Answer):
    """To CustomerId: null for nobody."""

    customer_by_identifier: Gid | None = None


class CodeUse(Answer):
    """How a code stands; empty where the id is something else's."""

    status: str = ""
    async_usage_count: int = 0


class CodeNode(Answer):
    """A code with its id."""

    id: str = ""
    code_discount: CodeUse = msgspec.field(default_factory=CodeUse)


class CodesUseAnswer(Answer):
    """To CodesUse: null for ids that are gone."""

    nodes: list[CodeNode | None]


class Scope(Answer):
    """A permission."""

    handle: str


class Installation(Answer):
    """What the merchant granted."""

    access_scopes: list[Scope] = []


class ScopesAnswer(Answer):
    """To Scopes."""

    current_app_installation: Installation


work_out(globals())
