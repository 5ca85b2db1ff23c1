"""What an export asks of a shop's past: one document a kind.

An export has no pages: its lists name no number, and each object that holds a list its id.
At most five lists, nested once.
"""

from __future__ import annotations

from datetime import UTC, datetime

from connector.ports.platform import PastKind

CUSTOMERS = """
{
  customers {
    edges {
      node {
        id
        firstName
        lastName
        locale
        tags
        createdAt
        updatedAt
        numberOfOrders
        amountSpent { amount currencyCode }
        defaultEmailAddress { emailAddress marketingState marketingUpdatedAt }
        defaultPhoneNumber { phoneNumber smsMarketingConsent { state updatedAt } }
        defaultAddress { countryCodeV2 provinceCode }
      }
    }
  }
}
"""

PRODUCTS = """
{
  products(query: "status:active") {
    edges {
      node {
        id
        title
        onlineStoreUrl
        featuredMedia { preview { image { url(transform: { maxWidth: 600 }) } } }
        collections { edges { node { id } } }
      }
    }
  }
}
"""

ORDERS = """
{
  orders(query: "created_at:>='SINCE'") {
    edges {
      node {
        id
        name
        test
        createdAt
        updatedAt
        processedAt
        cancelledAt
        displayFinancialStatus
        displayFulfillmentStatus
        fulfillments(first: 5) { createdAt status }
        transactions(first: 5) { kind status processedAt }
        checkoutToken
        cartToken
        email
        phone
        customerLocale
        customer {
          id
          firstName
          lastName
          defaultEmailAddress { emailAddress }
          defaultPhoneNumber { phoneNumber }
        }
        shippingAddress { countryCodeV2 provinceCode }
        discountCodes
        totalPriceSet { shopMoney { amount currencyCode } }
        totalRefundedSet { shopMoney { amount currencyCode } }
        lineItems {
          edges {
            node {
              id
              title
              variantTitle
              quantity
              product { id }
              variant { id }
              originalUnitPriceSet { shopMoney { amount } }
            }
          }
        }
      }
    }
  }
}
"""

CARTS = """
{
  abandonedCheckouts(query: "created_at:>='SINCE'") {
    edges {
      node {
        id
        name
        createdAt
        updatedAt
        completedAt
        abandonedCheckoutUrl
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
        lineItems {
          edges {
            node {
              id
              title
              variantTitle
              quantity
              product { id }
              variant { id }
              discountedUnitPriceSet { shopMoney { amount } }
            }
          }
        }
      }
    }
  }
}
"""

DOCUMENTS = {
    PastKind.CUSTOMERS: CUSTOMERS,
    PastKind.PRODUCTS: PRODUCTS,
    PastKind.ORDERS: ORDERS,
    PastKind.CARTS: CARTS,
}


def document(kind: PastKind, since: datetime, *, linked: bool = True) -> str:
    """What to export of a kind from `since` on; without the checkouts' links if not `linked`.

    Customers and products are all taken: what is bought tomorrow may be of any age.
    """
    at = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    asked = DOCUMENTS[kind].replace("SINCE", at)
    return asked if linked else asked.replace("        abandonedCheckoutUrl\n", "")
