"""Places that hear what flows decide, one adapter each. How to add one: ADDING.md beside this."""

from connector.outlets.slack import Slack
from connector.outlets.webhook import Webhook
from connector.ports.outlet import Outlet

OUTLETS: dict[str, type[Outlet]] = {
    Slack.kind: Slack,
    Webhook.kind: Webhook,
}
