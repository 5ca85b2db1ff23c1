"""What a merchant's consent gives us: tokens, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Granted:
    """An answer of a platform's token endpoint. Spans in seconds from when it was given."""

    access_token: str
    scopes: tuple[str, ...]
    access_s: int | None = None  # None: does not expire
    refresh_token: str = ""  # "" where there is none
    refresh_s: int | None = None

    @property
    def credentials(self) -> dict[str, str]:
        """What is sealed of it. That there is a refresh token, also "", says whence it came."""
        return {"access_token": self.access_token, "refresh_token": self.refresh_token}
