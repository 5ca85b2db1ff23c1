"""The sandboxes' credentials: made up once, kept beside their data."""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Keys:
    """What a merchant would copy from each vendor's pages."""

    shopify_domain: str
    shopify_api_key: str
    shopify_api_secret: str
    shopify_access_token: str
    woocommerce_consumer_key: str
    woocommerce_consumer_secret: str
    twilio_account_sid: str
    twilio_auth_token: str
    twilio_sender: str
    mailchimp_api_key: str
    mailchimp_list_id: str
    slack_url: str
    webhook_secret: str

    @classmethod
    def make(cls) -> Keys:
        """New ones, in the vendors' own forms."""
        return cls(
            shopify_domain="oscars-outdoor.myshopify.com",
            shopify_api_key=secrets.token_hex(16),
            shopify_api_secret="shpss_" + secrets.token_hex(16),
            shopify_access_token="shpat_" + secrets.token_hex(16),
            woocommerce_consumer_key="ck_" + secrets.token_hex(20),
            woocommerce_consumer_secret="cs_" + secrets.token_hex(20),
            twilio_account_sid="AC" + secrets.token_hex(16),
            twilio_auth_token=secrets.token_hex(16),
            twilio_sender="+15005550006",  # Twilio's magic number for a sender that works
            mailchimp_api_key=secrets.token_hex(16) + "-us1",
            mailchimp_list_id=secrets.token_hex(5),
            slack_url=f"https://hooks.slack.com/services/T{_name()}/B{_name()}/{_name(12)}",
            webhook_secret="whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        )


def _name(size: int = 4) -> str:
    return secrets.token_hex(size).upper()


def load_or_make(folder: Path) -> Keys:
    """The keys in `folder`, readable by us alone; those of newer sandboxes are added."""
    path = folder / "keys.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    keys = Keys(**(asdict(Keys.make()) | known))
    if known == asdict(keys):
        return keys
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(keys), file, indent=1)
    draft.rename(path)
    return keys
