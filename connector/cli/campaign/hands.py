"""The processes that work on a campaign: each is forked, made one of the service, and let go."""

from __future__ import annotations

import faulthandler
import importlib
import multiprocessing
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from werkzeug.serving import make_server
from werkzeug.utils import import_string

from connector.cli.campaign import channels, fuse, shop
from connector.cli.campaign.fuse import Fuse
from connector.errors import AdapterError
from connector.models import Store
from jobs import dispatch, messages, tokens, worker
from jobs.adapters import platform_for
from jobs.runtime import Ref, runtime


@dataclass(frozen=True)
class Part:
    """What a process needs to be one of the service; `plant` breaks it on purpose, for tests."""

    name: str
    env: Mapping[str, str]
    logs: Path
    fuse: Fuse | None = None
    plant: str = ""  # "module:function", called first


def send(part: Part, refs: Sequence[Ref]) -> None:
    """Send messages one by one, as a worker that was rung for them."""
    _become(part)
    for ref in refs:
        messages.send_messages([ref])


def send_as_told(part: Part, told: Connection) -> None:
    """Send every batch that comes down the pipe, and say when it is done."""
    _become(part)
    while True:
        messages.send_messages(told.recv())
        told.send("done")


def work(part: Part, queue: str) -> None:
    """Work on one queue."""
    _become(part)
    worker.work(queue)


def find_due(part: Part) -> None:
    """Dispatch."""
    _become(part)
    dispatch.run_forever(threading.Event())


def take_in(part: Part, told: Connection) -> None:
    """Serve the web application; the port goes down the pipe."""
    _become(part)
    app = import_string("connector.app:create_app")()  # by its name, as web servers do
    server = make_server("127.0.0.1", 0, app, threaded=True)
    told.send(server.port)
    server.serve_forever()


def knock(part: Part, told: Connection) -> None:
    """Ask the shops of the stores that come down the pipe; send back who is shut out."""
    _become(part)
    told.send([store_id for store_id in told.recv() if _is_shut_out(store_id)])


def _is_shut_out(store_id: int) -> bool:
    """True unless the pair that we hold opens the shop, and has a successor that does too."""
    with runtime().sessions.store(store_id) as session:
        shop = platform_for(runtime().vault, session.get_one(Store, store_id))
    try:
        shop.info()
        tokens.fresh(store_id, refused=tokens.fresh(store_id))
        shop.info()
    except AdapterError:
        return True
    return False


def _become(part: Part) -> None:
    """Take on the service's environment, and end when the campaign does."""
    log = os.open(part.logs / f"{part.name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    faulthandler.enable()
    os.environ.clear()
    os.environ.update(part.env)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    channels.register()
    shop.register()
    if part.plant:
        module, _, name = part.plant.partition(":")
        getattr(importlib.import_module(module), name)()
    if part.fuse:
        fuse.lay(part.fuse)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)
