"""The documents by which a store is looked after: carts, codes, consents, webhooks, exports."""

from __future__ import annotations

from platforms.shopify.operation import Operation

WEBHOOK_DELETE = Operation(
    "WebhookDelete",
    """
mutation WebhookDelete($id: ID!) {
  webhookSubscriptionDelete(id: $id) {
    deletedWebhookSubscriptionId
    userErrors { field message }
  }
}
""",
    writes=True,
)

SCOPES = Operation(
    "Scopes",
    """
query Scopes {
  currentAppInstallation { accessScopes { handle } }
}
""",
)

_CHECKOUTS = """
query Abandoned($query: String!, $after: String) {
  abandonedCheckouts(first: 10, after: $after, query: $query, sortKey: ID) {
    nodes {
      id
      name
      createdAt
      updatedAt
      completedAt
      LINK
      customer {
        id
        firstName
        lastName
        locale
        defaultEmailAddress { emailAddress }
        defaultPhoneNumber { phoneNumber }
      }
      shippingAddress { countryCodeV2 provinceCode }
      billingAddress { countryCodeV2 provinceCode }
      totalPriceSet { shopMoney { amount currencyCode } }
      lineItems(first: 15) {
        nodes {
          title
          variantTitle
          quantity
          product { id }
          variant { id }
          discountedUnitPriceSet { shopMoney { amount } }
        }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""

# 10 checkouts of 15 lines: under 1,000 points at worst. There is no sorting by time of change.
ABANDONED = Operation("Abandoned", _CHECKOUTS.replace("LINK", "abandonedCheckoutUrl"))
ABANDONED_UNLINKED = Operation("Abandoned", _CHECKOUTS.replace("      LINK\n", ""))

LAST_LEFT = Operation(
    "LastLeft",
    """
query LastLeft {
  abandonedCheckouts(first: 1, sortKey: ID, reverse: true) { nodes { abandonedCheckoutUrl } }
}
""",
)

LAST_REMINDED = Operation(
    "LastReminded",
    """
query LastReminded {
  abandonedCheckouts(first: 1, sortKey: ID, reverse: true, query: "email_state:sent") {
    nodes { createdAt }
  }
}
""",
)

# Whether the shop's own reminder went out is told of a checkout, not of a cart.
ABANDONMENT = Operation(
    "Abandonment",
    """
query Abandonment($id: ID!) {
  abandonmentByAbandonedCheckoutId(abandonedCheckoutId: $id) { emailState emailSentAt }
}
""",
)

_USE = "status asyncUsageCount"

CODES_USE = Operation(
    "CodesUse",
    f"""
query CodesUse($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    ... on DiscountCodeNode {{
      id
      codeDiscount {{
        __typename
        ... on DiscountCodeBasic {{ {_USE} }}
        ... on DiscountCodeBxgy {{ {_USE} }}
        ... on DiscountCodeFreeShipping {{ {_USE} }}
        ... on DiscountCodeApp {{ {_USE} }}
      }}
    }}
  }}
}}
""",
)

# Both may be repeated: what is gone, or no longer active, stays so.
CODE_DELETE = Operation(
    "CodeDelete",
    """
mutation CodeDelete($id: ID!) {
  discountCodeDelete(id: $id) {
    deletedCodeDiscountId
    userErrors { field message code }
  }
}
""",
    writes=True,
)

CODE_DEACTIVATE = Operation(
    "CodeDeactivate",
    """
mutation CodeDeactivate($id: ID!) {
  discountCodeDeactivate(id: $id) {
    codeDiscountNode { id }
    userErrors { field message code }
  }
}
""",
    writes=True,
)

EMAIL_CONSENT = Operation(
    "EmailConsent",
    """
mutation EmailConsent($input: CustomerEmailMarketingConsentUpdateInput!) {
  customerEmailMarketingConsentUpdate(input: $input) {
    customer { id }
    userErrors { field message code }
  }
}
""",
    writes=True,
)

SMS_CONSENT = Operation(
    "SmsConsent",
    """
mutation SmsConsent($input: CustomerSmsMarketingConsentUpdateInput!) {
  customerSmsMarketingConsentUpdate(input: $input) {
    customer { id }
    userErrors { field message code }
  }
}
""",
    writes=True,
)

CUSTOMER_ID = Operation(
    "CustomerId",
    """
query CustomerId($who: CustomerIdentifierInput!) {
  customerByIdentifier(identifier: $who) { id }
}
""",
)

# An export changes nothing at the shop: one that may have begun is simply begun once more.
BULK_RUN = Operation(
    "BulkRun",
    """
mutation BulkRun($query: String!, $grouped: Boolean!) {
  bulkOperationRunQuery(query: $query, groupObjects: $grouped) {
    bulkOperation { id status }
    userErrors { field message code }
  }
}
""",
)

BULK_STATE = Operation(
    "BulkState",
    """
query BulkState($id: ID!) {
  bulkOperation(id: $id) { id status errorCode objectCount rootObjectCount url partialDataUrl }
}
""",
)

BULK_CANCEL = Operation(
    "BulkCancel",
    """
mutation BulkCancel($id: ID!) {
  bulkOperationCancel(id: $id) {
    bulkOperation { id status }
    userErrors { field message }
  }
}
""",
)

CARE = (
    WEBHOOK_DELETE,
    SCOPES,
    ABANDONED,
    ABANDONED_UNLINKED,
    LAST_LEFT,
    LAST_REMINDED,
    ABANDONMENT,
    CODES_USE,
    CODE_DELETE,
    CODE_DEACTIVATE,
    EMAIL_CONSENT,
    SMS_CONSENT,
    CUSTOMER_ID,
    BULK_RUN,
    BULK_STATE,
    BULK_CANCEL,
)
