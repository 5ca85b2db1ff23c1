"""The outside audiences that we keep in step. How to add one: ADDING.md beside this."""

from connector.audiences.mailchimp import Mailchimp
from connector.ports.audience import AudienceSync

AUDIENCES: dict[str, type[AudienceSync]] = {
    Mailchimp.kind: Mailchimp,
}
