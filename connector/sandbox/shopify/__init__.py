"""A Shopify store on loopback: Admin GraphQL 2026-10, signed webhooks, a shop to walk through."""

from connector.sandbox.shopify.app import Store, start

__all__ = ["Store", "start"]
