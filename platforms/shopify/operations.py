"""The GraphQL documents that we send (Admin API 2026-10); tests validate each of them."""

from __future__ import annotations

from platforms.shopify.care_operations import CARE
from platforms.shopify.operation import Operation

SHOP = Operation(
    "Shop",
    """
query Shop {
  shop {
    id
    name
    contactEmail
    primaryDomain { url }
    currencyCode
    ianaTimezone
    shopAddress { countryCodeV2 }
  }
}
""",
)

WEBHOOKS = Operation(
    "Webhooks",
    """
query Webhooks($after: String) {
  webhookSubscriptions(first: 100, after: $after) {
    nodes { id topic uri apiVersion { handle } }
    pageInfo { hasNextPage endCursor }
  }
}
""",
)

WEBHOOK_CREATE = Operation(
    "WebhookCreate",
    """
mutation WebhookCreate($topic: WebhookSubscriptionTopic!, $sub: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $sub) {
    webhookSubscription { id }
    userErrors { field message }
  }
}
""",
    writes=True,
)

_CODE = """
    __typename
    ... on DiscountCodeBasic { title endsAt codes(first: 1) { nodes { code } } }
    ... on DiscountCodeBxgy { title endsAt codes(first: 1) { nodes { code } } }
    ... on DiscountCodeFreeShipping { title endsAt codes(first: 1) { nodes { code } } }
    ... on DiscountCodeApp { title endsAt codes(first: 1) { nodes { code } } }
"""

FIND_CODE = Operation(
    "FindCode",
    f"""
query FindCode($code: String!) {{
  codeDiscountNodeByCode(code: $code) {{
    id
    codeDiscount {{ {_CODE} }}
  }}
}}
""",
)

CREATE_CODE = Operation(
    "CreateCode",
    f"""
mutation CreateCode($discount: DiscountCodeBasicInput!) {{
  discountCodeBasicCreate(basicCodeDiscount: $discount) {{
    codeDiscountNode {{
      id
      codeDiscount {{ {_CODE} }}
    }}
    userErrors {{ field message code }}
  }}
}}
""",
    writes=True,
)

_LINES = """
        nodes {
          title
          variantTitle
          quantity
          product { id }
          variant { id }
          originalUnitPriceSet { shopMoney { amount } }
        }
        pageInfo { hasNextPage endCursor }
"""

# No query may cost more than 1,000 points, counted before it runs. At worst every object
# counts each time that it may come: 10 orders of 15 lines make 962.
CREATE_SHIPPING_CODE = Operation(
    "CreateShippingCode",
    f"""
mutation CreateShippingCode($discount: DiscountCodeFreeShippingInput!) {{
  discountCodeFreeShippingCreate(freeShippingCodeDiscount: $discount) {{
    codeDiscountNode {{
      id
      codeDiscount {{ {_CODE} }}
    }}
    userErrors {{ field message code }}
  }}
}}
""",
    writes=True,
)

ORDERS = Operation(
    "Orders",
    f"""
query Orders($query: String!, $after: String) {{
  orders(first: 10, after: $after, query: $query, sortKey: UPDATED_AT) {{
    nodes {{
      id
      name
      test
      createdAt
      updatedAt
      processedAt
      cancelledAt
      displayFinancialStatus
      displayFulfillmentStatus
      fulfillments(first: 5) {{ createdAt status }}
      transactions(first: 5) {{ kind status processedAt }}
      checkoutToken
      cartToken
      email
      phone
      customerLocale
      customer {{
        id
        firstName
        lastName
        defaultEmailAddress {{ emailAddress }}
        defaultPhoneNumber {{ phoneNumber }}
      }}
      shippingAddress {{ countryCodeV2 provinceCode }}
      discountCodes
      totalPriceSet {{ shopMoney {{ amount currencyCode }} }}
      totalRefundedSet {{ shopMoney {{ amount currencyCode }} }}
      lineItems(first: 15) {{ {_LINES} }}
    }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}
""",
)

ORDER_LINES = Operation(
    "OrderLines",
    f"""
query OrderLines($id: ID!, $after: String) {{
  order(id: $id) {{
    lineItems(first: 100, after: $after) {{ {_LINES} }}
  }}
}}
""",
)

PRODUCTS = Operation(
    "Products",
    """
query Products($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on Product {
      id
      title
      onlineStoreUrl
      featuredMedia { preview { image { url(transform: { maxWidth: 600 }) } } }
      collections(first: 50) { nodes { id } }
    }
  }
}
""",
)

# By an identifier, not by a search: nothing of what she typed is read as a query.
CUSTOMER = Operation(
    "Customer",
    """
query Customer($who: CustomerIdentifierInput!) {
  customerByIdentifier(identifier: $who) {
    id
    numberOfOrders
    amountSpent { amount currencyCode }
    tags
  }
}
""",
)

ALL = (
    SHOP,
    WEBHOOKS,
    WEBHOOK_CREATE,
    FIND_CODE,
    CREATE_CODE,
    CREATE_SHIPPING_CODE,
    ORDERS,
    ORDER_LINES,
    PRODUCTS,
    CUSTOMER,
    *CARE,
)
