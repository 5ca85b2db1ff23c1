"""Texts through Twilio."""

from connector.channels.twilio.adapter import Twilio

__all__ = ["Twilio"]
