"""Calls to the merchant's own software."""

from connector.outlets.webhook.adapter import Webhook

__all__ = ["Webhook"]
