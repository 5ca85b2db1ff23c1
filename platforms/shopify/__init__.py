"""Shopify: the Admin GraphQL API, and webhooks signed with the app's secret."""
