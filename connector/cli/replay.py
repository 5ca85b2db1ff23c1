"""`cartwright replay`: a delivery read once more."""

from __future__ import annotations

import click

from connector.cli.installation import opened
from connector.errors import NotFound


@click.command()
@click.argument("webhook_id", type=int)
def command(webhook_id: int) -> None:
    """Read WEBHOOK_ID again, a delivery that is dead or was ignored."""
    from connector.models import Webhook
    from connector.services import webhooks

    with opened() as means, means.sessions.all_stores() as session:
        webhook = session.get(Webhook, webhook_id)
        if webhook is None:
            raise NotFound(f"there is no webhook {webhook_id}")
        was, reason, topic = webhook.state, webhook.reason, webhook.topic
        if not webhooks.replay(session, webhook_id):
            raise NotFound(_why_not(webhook_id, was, has_body=webhook.body is not None))
    click.echo(f"Webhook {webhook_id} ({topic}) was {was} ({reason}): it will be read again.")


def _why_not(webhook_id: int, state: str, *, has_body: bool) -> str:
    if not has_body:
        return f"the body of webhook {webhook_id} is no longer kept: nothing to read again"
    return f"webhook {webhook_id} is {state}: only dead or ignored ones can be read again"
