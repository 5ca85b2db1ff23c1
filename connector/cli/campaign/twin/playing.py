"""One scene on both sides: in memory, then on PostgreSQL."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from connector.cli.campaign.twin import hearing, log, passing
from connector.cli.campaign.twin.checks import Checks
from connector.cli.campaign.twin.databases import Desk
from connector.cli.campaign.twin.player import Player, open_store
from connector.cli.campaign.twin.rows import Rows
from connector.cli.campaign.twin.vendors import Outside, Post
from connector.cli.campaign.twin.verdict import Played
from connector.domain.flows import Exit
from connector.domain.settings import MICROS
from connector.rehearsal import simulation
from connector.rehearsal.crowd import Scene, scenes
from connector.rehearsal.news import SettingsEdited
from connector.rehearsal.simulation import OCTOBER, REPEATS
from connector.rehearsal.vendors import Wayward

_DAYS = 30
_END = OCTOBER + timedelta(days=_DAYS + 14)  # all that was begun is over by then


@dataclass(frozen=True)
class Part:
    """One scene of a crowd, by its number."""

    carts: int
    seed: int
    number: int

    @property
    def scene(self) -> Scene:
        """The scene itself: the same in every process."""
        every = scenes(self.carts, self.seed, OCTOBER, _DAYS)
        return next(itertools.islice(every, self.number, None))

    @property
    def vendor(self) -> Wayward:
        """Its vendors, who remember nothing yet."""
        repeat = REPEATS[self.number % len(REPEATS)]
        return Wayward(repeat={"email": repeat, "sms": repeat}, seed=self.seed)


def play(part: Part, desk: Desk, progress: Callable[[int], None]) -> Played:
    """Both sides of a scene; `progress` hears how many more carts are over."""
    scene, began = part.scene, time.monotonic()
    engine = simulation.play(scene, part.vendor, OCTOBER)
    engine.tick(_END)
    remembered = time.monotonic()
    player = _opened(part, scene, desk)
    _tell_all(player, scene, progress)
    passing.tick(player, _END)
    return Played(
        name=scene.shop.name,
        carts=scene.carts,
        events=len(scene.story),
        memory=log.of_memory(engine),
        tables=log.of_tables(player.rows, player.post.vendor),
        broken=player.checks.at_the_end(),
        done={str(what): times for what, times in player.done.items()},
        memory_s=remembered - began,
        tables_s=time.monotonic() - remembered,
    )


def _tell_all(player: Player, scene: Scene, progress: Callable[[int], None]) -> None:
    over, events = 0, len(scene.story)
    for number, told in enumerate(scene.story, 1):
        hearing.tell(player, told)
        if scene.carts * number // events > over:
            progress(scene.carts * number // events - over)
            over = scene.carts * number // events


def _opened(part: Part, scene: Scene, desk: Desk) -> Player:
    """Empty tables with the scene's store in them, and the outside of that store."""
    rows, vendor, now = Rows(desk.admin), part.vendor, OCTOBER
    desk.clear()
    Outside.post = Post(scene.shop, vendor)
    player = Player(desk.means, rows, Outside.post, _checks(rows, scene, vendor), now)
    player.set_clock(now)
    open_store(player, scene)
    return player


def _checks(rows: Rows, scene: Scene, vendor: Wayward) -> Checks:
    ends = {flow.key: Exit.ORDER in flow.exits for flow in scene.flows}
    edited = [one.event.settings for one in scene.story if isinstance(one.event, SettingsEdited)]
    caps = [settings.texts.month_cap for settings in (scene.settings, *edited)]
    most = max((round(cap * MICROS) for cap in caps if cap is not None), default=None)
    return Checks(rows, scene.shop, vendor, scene.settings, ends, most)
