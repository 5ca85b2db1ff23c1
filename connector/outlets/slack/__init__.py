"""Words to the merchant's staff through Slack."""

from connector.outlets.slack.adapter import Slack

__all__ = ["Slack"]
