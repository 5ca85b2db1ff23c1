"""GraphQL documents that the sandbox store must answer as Admin 2026-10 would."""

from __future__ import annotations

import gzip
from functools import cache
from typing import Any

from tests.contract_data import CONTRACTS

_MONEY = "{ shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }"
_ERRORS = "userErrors { field message code }"
_BULK = "id status type errorCode objectCount rootObjectCount fileSize url partialDataUrl createdAt"

SUBSCRIPTIONS = """query Webhooks($after: String, $topics: [WebhookSubscriptionTopic!]) {
  webhookSubscriptions(first: 100, after: $after, topics: $topics) {
    nodes { id topic uri format name apiVersion { handle } includeFields filter createdAt
      updatedAt }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
SUBSCRIPTION_UPDATE = """mutation Update($id: ID!, $sub: WebhookSubscriptionInput!) {
  webhookSubscriptionUpdate(id: $id, webhookSubscription: $sub) {
    webhookSubscription { id uri name } userErrors { field message } } }"""
SUBSCRIPTION_DELETE = """mutation Delete($id: ID!) { webhookSubscriptionDelete(id: $id) {
    deletedWebhookSubscriptionId userErrors { field message } } }"""

CUSTOMER = """id legacyResourceId firstName lastName displayName locale state createdAt updatedAt
  numberOfOrders amountSpent { amount currencyCode } tags dataSaleOptOut
  defaultAddress { countryCodeV2 provinceCode city zip }
  defaultEmailAddress { emailAddress validFormat marketingState marketingOptInLevel
    marketingUpdatedAt marketingUnsubscribeUrl }
  defaultPhoneNumber { phoneNumber whatsAppMarketingConsent { state }
    smsMarketingConsent { state optInLevel updatedAt collectedFrom } }"""
CUSTOMERS = f"""query Customers($after: String, $query: String, $first: Int) {{
  customers(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    nodes {{ {CUSTOMER} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
CUSTOMER_BY_ID = f"query Customer($id: ID!) {{ customer(id: $id) {{ {CUSTOMER} }} }}"
EMAIL_CONSENT = f"""mutation EmailConsent($input: CustomerEmailMarketingConsentUpdateInput!) {{
  customerEmailMarketingConsentUpdate(input: $input) {{ customer {{ id defaultEmailAddress {{
    marketingState marketingOptInLevel marketingUpdatedAt }} }} {_ERRORS} }} }}"""
SMS_CONSENT = f"""mutation SmsConsent($input: CustomerSmsMarketingConsentUpdateInput!) {{
  customerSmsMarketingConsentUpdate(input: $input) {{ customer {{ id defaultPhoneNumber {{
    smsMarketingConsent {{ state optInLevel updatedAt }} }} }} {_ERRORS} }} }}"""

ABANDONED = f"""query Abandoned($after: String, $query: String, $first: Int, $back: Boolean) {{
  abandonedCheckouts(first: $first, after: $after, query: $query, sortKey: CREATED_AT,
    reverse: $back) {{
    nodes {{ id name abandonedCheckoutUrl createdAt updatedAt completedAt discountCodes note
      taxesIncluded totalPriceSet {_MONEY} subtotalPriceSet {_MONEY} totalTaxSet {_MONEY}
      totalLineItemsPriceSet {_MONEY} totalDiscountSet {_MONEY} totalDutiesSet {_MONEY}
      billingAddress {{ countryCodeV2 }} shippingAddress {{ provinceCode }}
      customAttributes {{ key value }} customer {{ {CUSTOMER} }}
      lineItems(first: 50) {{ nodes {{ id title variantTitle quantity sku image {{ url altText }}
        originalUnitPriceSet {_MONEY} discountedTotalPriceSet {_MONEY}
        product {{ id handle onlineStoreUrl }} variant {{ id }}
        customAttributes {{ key value }} }} }} }}
    pageInfo {{ hasNextPage endCursor }} }} }}"""
ABANDONED_COUNT = """query Count($query: String) {
  abandonedCheckoutsCount(query: $query) { count precision } }"""
ABANDONMENT = """query Abandonment($id: ID!) { abandonmentByAbandonedCheckoutId(
    abandonedCheckoutId: $id) { id abandonmentType emailState emailSentAt mostRecentStep
    inventoryAvailable customerHasNoOrderSinceAbandonment isMostSignificantAbandonment cartUrl
    customerHasNoDraftOrderSinceAbandonment daysSinceLastAbandonmentEmail
    hoursSinceLastAbandonedCheckout customer { id } abandonedCheckoutPayload { id } } }"""

_DISCOUNT = """__typename ... on DiscountCodeBasic { title status startsAt endsAt usageLimit
  appliesOncePerCustomer asyncUsageCount codesCount { count precision }
  codes(first: 1) { nodes { id code asyncUsageCount } } }
  ... on DiscountCodeFreeShipping { title status endsAt asyncUsageCount }"""
CODE = f"""query Code($code: String!) {{ codeDiscountNodeByCode(code: $code) {{
  id codeDiscount {{ {_DISCOUNT} }} }} }}"""
CODE_NODES = f"""query Codes($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename
  ... on DiscountCodeNode {{ id codeDiscount {{ {_DISCOUNT} }} }}
  ... on Product {{ id title }} }} }}"""
DISCOUNTS = f"""query Discounts($query: String, $after: String) {{
  discountNodes(first: 50, after: $after, query: $query, sortKey: ENDS_AT) {{
    nodes {{ id discount {{ {_DISCOUNT} }} }} pageInfo {{ hasNextPage endCursor }} }}
  discountNodesCount(query: $query) {{ count precision }} }}"""
DEACTIVATE = f"""mutation Off($id: ID!) {{ discountCodeDeactivate(id: $id) {{
  codeDiscountNode {{ id codeDiscount {{ {_DISCOUNT} }} }} {_ERRORS} }} }}"""
DELETE = f"""mutation Del($id: ID!) {{ discountCodeDelete(id: $id) {{
  deletedCodeDiscountId {_ERRORS} }} }}"""
BULK_DEACTIVATE = f"""mutation Offs($ids: [ID!], $search: String) {{
  discountCodeBulkDeactivate(ids: $ids, search: $search) {{ job {{ id done }} {_ERRORS} }} }}"""
BULK_DELETE = f"""mutation Dels($ids: [ID!], $search: String) {{
  discountCodeBulkDelete(ids: $ids, search: $search) {{ job {{ id done }} {_ERRORS} }} }}"""
JOB = "query Job($id: ID!) { job(id: $id) { id done } }"

BULK_RUN = f"""mutation Bulk($q: String!) {{
  bulkOperationRunQuery(query: $q, groupObjects: false) {{
  bulkOperation {{ {_BULK} completedAt }} {_ERRORS} }} }}"""
BULK_GET = f"query BulkOp($id: ID!) {{ bulkOperation(id: $id) {{ {_BULK} completedAt query }} }}"
BULK_CANCEL = """mutation Cancel($id: ID!) { bulkOperationCancel(id: $id) {
  bulkOperation { id status } userErrors { field message } } }"""
INSTALLATION = """query App { currentAppInstallation { id launchUrl
  accessScopes { handle description } activeSubscriptions { id } } }"""

_ORDER_FIELDS = f"""id legacyResourceId note cancelReason paymentGatewayNames
  name test createdAt updatedAt processedAt cancelledAt displayFinancialStatus
  displayFulfillmentStatus checkoutToken cartToken email phone customerLocale discountCodes
  totalPriceSet {_MONEY} totalRefundedSet {_MONEY} subtotalPriceSet {_MONEY}
  totalDiscountsSet {_MONEY} currentTotalPriceSet {_MONEY} currencyCode sourceName tags
  totalShippingPriceSet {_MONEY} billingAddress {{ city }} customerJourneySummary {{ ready }}
  customer {{ id tags numberOfOrders }} shippingAddress {{ countryCodeV2 provinceCode }}"""
BULK_QUERIES = {
    "orders": f"""{{ orders(query: "created_at:>='2026-01-01'") {{ edges {{ node {{ {_ORDER_FIELDS}
      lineItems {{ edges {{ node {{ id title quantity sku product {{ id title }}
        variant {{ id sku price }} discountedUnitPriceSet {_MONEY} originalTotalSet {_MONEY}
        originalUnitPriceSet {_MONEY} }} }} }} }} }} }} }}""",
    "customers": f"{{ customers {{ edges {{ node {{ {CUSTOMER} }} }} }} }}",
    "products": """{ products { edges { node { id title handle status vendor onlineStoreUrl
      legacyResourceId productType totalInventory publishedAt
      priceRangeV2 { minVariantPrice { amount currencyCode } }
      featuredMedia { __typename preview { image { url altText } } } createdAt updatedAt
      collections { edges { node { id } } }
      variants { nodes { id title sku price inventoryQuantity } } } } } }""",
    "abandonedCheckouts": """{ abandonedCheckouts { nodes { id name createdAt completedAt
      abandonedCheckoutUrl customer { id } lineItems { nodes { id title quantity } } } } }""",
}

ALL = {
    name: text
    for name, text in globals().items()
    if name.isupper() and isinstance(text, str) and not name.startswith("_") and name != "CUSTOMER"
} | {f"BULK of {name}": text for name, text in BULK_QUERIES.items()}


@cache
def schema() -> Any:
    """The whole Admin schema."""
    from graphql import build_schema

    with gzip.open(CONTRACTS / "shopify" / "admin-2026-10.graphql.gz", "rt") as file:
        return build_schema(file.read(), assume_valid=True)


def problems(document: str) -> list[str]:
    """What the schema has against a document, deprecated fields included."""
    from graphql import parse, validate
    from graphql.validation import NoDeprecatedCustomRule, specified_rules

    rules = [*specified_rules, NoDeprecatedCustomRule]
    return [error.message for error in validate(schema(), parse(document), rules)]


def misfits(document: str, variables: dict[str, Any], data: Any) -> list[str]:
    """Where an answer has a null, an enum value or a type that the schema does not allow."""
    from graphql import execute_sync, parse

    result = execute_sync(schema(), parse(document), data, variable_values=variables)
    return [f"{error.path}: {error.message}" for error in result.errors or ()]
