"""The command line. Each command is imported when it is called: start-up stays quick."""

from __future__ import annotations

import importlib
import sys

import click

from connector.errors import CartwrightError, ConfigError

# Name -> what it is for; the command is `command` in the module of its name.
_COMMANDS = {
    "accounts": "See and make merchants' accounts.",
    "bench": "Measure this machine: one JSON object of ratios and times.",
    "campaign": "Kill everything, race purchases, play a crowd twice: count what broke.",
    "clock": "Run the dispatcher: find what is due, ring the workers.",
    "demo": "Play three days of two shops' life, and show what was won back.",
    "desk": "Print a link that signs a merchant in.",
    "doctor": "Check the installation, and say what mends it.",
    "flows": "Read, check, apply and switch flows.",
    "migrate": "Bring the database up to date.",
    "past": "Read a shop's past, and see how far that is.",
    "preview": "Render every message template with sample data.",
    "replay": "Read a dead or ignored webhook again.",
    "run": "Run the whole service on this machine, to stay.",
    "secrets": "Make keys, and change them.",
    "skip": "Let hours go by, where only sandbox stores are connected.",
    "stores": "See and connect stores.",
    "worker": "Run one queue's worker.",
}


class _Lazy(click.Group):
    """A group whose commands are the `command` of a module each."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands by name."""
        del ctx
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One command, imported now."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"connector.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in the help, without importing any of them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cartwright")
def cartwright() -> None:
    """Wins abandoned carts back for shops on Shopify and WooCommerce."""


def main() -> None:
    """Run a command; what is not set up right is one line and exit code 2."""
    try:
        cartwright()
    except ConfigError as error:
        _say(error)
        sys.exit(2)
    except CartwrightError as error:
        _say(error)
        sys.exit(1)


def _say(error: Exception) -> None:
    click.echo(f"cartwright: {error}", err=True)
