"""`cartwright run`: the whole service on this machine, to stay."""

from __future__ import annotations

import signal

import click

from connector import config as configuration
from connector.cli.installation import connected
from connector.supervisor import Ports, Running, Supervisor
from jobs.runtime import Runtime


@click.command()
@click.option(
    "--port", default=8000, show_default=True, help="Of the web server; the shops' are near it."
)
@click.option("--sandbox/--no-sandbox", default=True, help="Also two shops to play with.")
def command(port: int, sandbox: bool) -> None:
    """Run everything until Ctrl-C: web, workers, dispatcher, and shops to play with."""
    ports = Ports.around(port)
    for stop in (signal.SIGINT, signal.SIGTERM):  # a shell's `&` has SIGINT ignored
        signal.signal(stop, signal.default_int_handler)
    home = configuration.load().home
    click.echo(f"Starting in {home} …")
    try:
        with Supervisor(home, ports, sandbox=sandbox, notice=_notice).start() as running:
            _welcome(running)
            running.wait()
    except KeyboardInterrupt:
        click.echo("Stopped.")


def _notice(text: str) -> None:
    click.echo(text, err=True)


def _welcome(running: Running) -> None:
    with connected(configuration.load(running.env)) as means:
        for label, url in [*_addresses(running), *_desks(means, running)]:
            click.echo(f"  {label:<28} {url}")
    click.echo(f"Logs are in {running.folders.logs}. Stop with Ctrl-C.")


def _addresses(running: Running) -> list[tuple[str, str]]:
    labels = {
        "web": "Cartwright",
        "shopify": "Sandbox shop (Shopify)",
        "woocommerce": "Sandbox shop (WooCommerce)",
        "mail": "Mails it sent",
        "twilio": "Texts it sent",
        "mailchimp": "Mailchimp audience",
        "outlets": "Slack and webhooks",
    }
    return [(labels[name], url) for name, url in running.urls.items()]


def _desks(means: Runtime, running: Running) -> list[tuple[str, str]]:
    """A sign-in link for each store; the sandbox's are connected at the first start."""
    from connector.cli.desk import sign_in_link
    from connector.cli.sandbox_stores import connect_sandbox_stores
    from connector.services import installs

    if running.keys:
        connect_sandbox_stores(means, running)
    with means.sessions.all_stores() as session:
        stores = installs.all_stores(session)
    return [(f"Desk of {store.name}", sign_in_link(means, store.public_id)) for store in stores]
