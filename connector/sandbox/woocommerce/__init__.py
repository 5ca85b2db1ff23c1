"""A WooCommerce 10.9 store on loopback: REST v3, signed webhooks, a shop to walk through."""

from connector.sandbox.woocommerce.app import Store, start

__all__ = ["Store", "start"]
