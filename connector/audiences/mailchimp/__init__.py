"""A Mailchimp audience."""

from connector.audiences.mailchimp.adapter import Mailchimp

__all__ = ["Mailchimp"]
