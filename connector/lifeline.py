"""How a grandchild learns that its ancestors are gone: a pipe that closes, a parent that changes.

The supervisor holds the writing end of a pipe and passes the number of the reading end in
CARTWRIGHT_LIFELINE. The kernel tells its children of its death; a web server's workers are
children of that server, so they watch for themselves.
"""

from __future__ import annotations

import os
import select
import stat
import threading

VARIABLE = "CARTWRIGHT_LIFELINE"
_LOOK_S = 0.1


def watch() -> None:
    """End this process as soon as the supervisor or our parent dies; nothing without one.

    At once, in the middle of whatever it does: what was not committed was not promised.
    """
    number = os.environ.get(VARIABLE, "")
    if number:
        pipe = [int(number)] if _is_pipe(int(number)) else []
        threading.Thread(
            target=_wait, args=(pipe, os.getppid()), name="lifeline", daemon=True
        ).start()


def _wait(pipe: list[int], parent: int) -> None:
    while os.getppid() == parent:
        if select.select(pipe, [], [], _LOOK_S)[0]:
            break
    os._exit(1)


def _is_pipe(number: int) -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(number).st_mode)
    except OSError:  # a spawned process inherits no descriptors: it has its parent to watch
        return False
