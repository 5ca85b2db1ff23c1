"""How the desk names things: media in words, strangers' text on one line and not endless."""

from __future__ import annotations

from dataclasses import dataclass

from connector.domain.text import one_line
from connector.models import Contact

MEDIA = {"email": "E-mail", "sms": "Text message"}
MANY = {"email": "E-mails", "sms": "Texts"}
_LONGEST = 160


def shown(text: str, longest: int = _LONGEST) -> str:
    """Text that a stranger wrote, on one line, without control marks, cut where it is endless."""
    line = one_line(text)
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def medium_name(medium: str) -> str:
    """A medium as the merchant calls it."""
    return MEDIA.get(medium, shown(medium))


@dataclass(frozen=True)
class Who:
    """A shopper as the desk shows her; every part may be ""."""

    contact_id: int | None = None
    name: str = ""
    email: str = ""
    phone: str = ""
    erased: bool = False

    @classmethod
    def of(cls, contact: Contact | None) -> Who:
        """The shopper of a row; nobody known when there is none."""
        if contact is None:
            return cls()
        return cls(
            contact_id=contact.id,
            name=shown(f"{contact.first_name} {contact.last_name}"),
            email=shown(contact.email),
            phone=shown(contact.phone),
            erased=contact.erased_at is not None,
        )

    @property
    def label(self) -> str:
        """The best name we have."""
        known = self.name or self.email or self.phone
        return known or ("Forgotten at their request" if self.erased else "Unknown")
