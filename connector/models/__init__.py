"""The rows. One file a family; no vendor's name anywhere."""

from connector.db import Base
from connector.models.accounts import (
    Account,
    AccountKey,
    AccountStore,
    InstallState,
    KeyPurpose,
    Trial,
)
from connector.models.attributions import Attribution, JournalEntry
from connector.models.carts import (
    Cart,
    CartToken,
    Order,
    OrderNews,
    Product,
    ProductView,
    Refund,
)
from connector.models.chores import Chore, PrivacyRequest, RequestKind
from connector.models.contacts import (
    AudienceMember,
    Consent,
    Contact,
    ContactIdentity,
    Suppression,
)
from connector.models.discounts import (
    Click,
    Discount,
    DiscountState,
    Link,
    LinkPurpose,
)
from connector.models.flows import (
    Assignment,
    Errand,
    ErrandState,
    Flow,
    FlowState,
    FlowVersion,
    Run,
    RunState,
)
from connector.models.messages import (
    Attempt,
    Budget,
    Message,
    MessageEvent,
    MessageState,
    Purpose,
)
from connector.models.stores import ChannelAccount, DeskKey, ProductClock, Store, StoreState
from connector.models.webhooks import Webhook, WebhookState

__all__ = [
    "Account",
    "AccountKey",
    "AccountStore",
    "Assignment",
    "Attempt",
    "Attribution",
    "AudienceMember",
    "Base",
    "Budget",
    "Cart",
    "CartToken",
    "ChannelAccount",
    "Chore",
    "Click",
    "Consent",
    "Contact",
    "ContactIdentity",
    "DeskKey",
    "Discount",
    "DiscountState",
    "Errand",
    "ErrandState",
    "Flow",
    "FlowState",
    "FlowVersion",
    "InstallState",
    "JournalEntry",
    "KeyPurpose",
    "Link",
    "LinkPurpose",
    "Message",
    "MessageEvent",
    "MessageState",
    "Order",
    "OrderNews",
    "PrivacyRequest",
    "Product",
    "ProductClock",
    "ProductView",
    "Purpose",
    "Refund",
    "RequestKind",
    "Run",
    "RunState",
    "Store",
    "StoreState",
    "Suppression",
    "Trial",
    "Webhook",
    "WebhookState",
]
