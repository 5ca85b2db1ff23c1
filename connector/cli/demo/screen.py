"""Shows how far the play is: a table that changes in a terminal, a line a few hours elsewhere."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from types import TracebackType
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.live import Live
from rich.table import Table

from connector.cli.demo import figures
from connector.cli.demo.figures import Figures
from connector.cli.playground import Playground
from connector.domain.money import Money

_EVERY_S = 0.25
_LINE_EVERY = timedelta(hours=6)  # of the product's time, where no terminal is


class Screen:
    """A context manager; `look` is called as often as one likes."""

    def __init__(self, play: Playground, begin: datetime, console: Console) -> None:
        self._play, self._begin, self._console = play, begin, console
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._next_look = 0.0
        self._next_line = begin

    def __enter__(self) -> Screen:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def look(self) -> None:
        """Show what is so now, unless that was shown a moment ago."""
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + _EVERY_S
        now = self._play.clock.now()
        if self._console.is_terminal:
            self._live.update(self._table(now), refresh=True)
        elif now >= self._next_line:
            self._next_line = now + _LINE_EVERY
            self._console.print(self._line(now), highlight=False)

    def _table(self, now: datetime) -> Table:
        table = Table(title=f"Day {self._day(now)}", title_justify="left")
        for name in ("", "local time", "carts", "abandoned", "e-mails", "texts", "codes",
                     "recovered", "credited"):  # fmt: skip
            table.add_column(name, justify="left" if name in {"", "local time"} else "right")
        parts = figures.of_stores(self._play)
        for shop, part in zip(self._play.shops.values(), parts, strict=True):
            table.add_row(part.name, local(now, shop.store.timezone), *_cells(part))
        return table

    def _line(self, now: datetime) -> str:
        total = figures.together(figures.of_stores(self._play))
        zones = [shop.store.timezone for shop in self._play.shops.values()]
        hours = " / ".join(
            f"{local(now, z)} {z.partition('/')[2].replace('_', ' ')}" for z in zones
        )
        return (
            f"Day {self._day(now)}, {hours}: {total.carts} carts, {total.abandoned} abandoned,"
            f" {total.by_medium('email')} e-mails, {total.by_medium('sms')} texts,"
            f" {total.recovered} recovered, {credit(total)}"
        )

    def _day(self, now: datetime) -> int:
        return (now - self._begin).days + 1


def local(now: datetime, zone: str) -> str:
    """Day of the week and hour there."""
    return now.astimezone(ZoneInfo(zone)).strftime("%a %H:%M")


def credit(part: Figures) -> str:
    """Money won back, written out."""
    left = part.credited.copy()
    left.subtract(part.taken_back)
    return " + ".join(Money(currency, minor).text() for currency, minor in left.items()) or "-"


def _cells(part: Figures) -> list[str]:
    counts = (part.carts, part.abandoned, part.by_medium("email"), part.by_medium("sms"),
              part.codes, part.recovered)  # fmt: skip
    return [*map(str, counts), credit(part)]
