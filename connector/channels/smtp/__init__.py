"""E-mail through any SMTP server."""

from connector.channels.smtp.adapter import Smtp

__all__ = ["Smtp"]
