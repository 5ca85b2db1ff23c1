"""The embedded servers: they keep what they were given, whatever happens to them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from connector import embedded
from connector.embedded import Servers
from connector.errors import ConfigError
from tests.infra.processes import all_gone, started

HOLD = """
import sys, time
from pathlib import Path
from connector import embedded
servers = embedded.start(Path(sys.argv[1]))
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A data folder of our own, with a short name, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="cw-") as folder:
        yield Path(folder)


def write(servers: Servers, number: int) -> None:
    with psycopg.connect(dsn(servers), autocommit=True) as connection:
        connection.execute("create table if not exists kept (number int)")
        connection.execute("insert into kept values (%s)", (number,))
    with Redis.from_url(servers.redis_url) as redis:
        redis.set("kept", number)


def numbers(servers: Servers) -> list[int]:
    with psycopg.connect(dsn(servers)) as connection:
        return [row[0] for row in connection.execute("select number from kept order by 1")]


def kept(servers: Servers) -> bytes | None:
    with Redis.from_url(servers.redis_url) as redis:
        value: bytes | None = redis.get("kept")
        return value


def dsn(servers: Servers) -> str:
    return servers.owner_url.replace("+psycopg", "")


def test_a_second_start_keeps_all_data(home: Path) -> None:
    with embedded.start(home) as servers:
        write(servers, 1)
    with embedded.start(home) as servers:
        assert numbers(servers) == [1]
        assert kept(servers) == b"1"


def test_a_killed_postgres_comes_back_with_every_committed_row(home: Path) -> None:
    with embedded.start(home) as servers:
        for number in range(3):
            write(servers, number)
            servers.postgres.kill9()
            servers.postgres.start()
        assert numbers(servers) == [0, 1, 2]


def test_a_killed_valkey_comes_back(home: Path) -> None:
    with embedded.start(home) as servers:
        with Redis.from_url(servers.redis_url) as redis:
            redis.set("kept", 7)
            redis.waitaof(1, 0, 5000)
        servers.valkey.kill9()
        servers.valkey.start()
        assert kept(servers) == b"7"


def test_a_killed_owner_leaves_no_orphan_and_loses_no_row(home: Path) -> None:
    with embedded.start(home) as servers:
        write(servers, 1)
    with started("-c", HOLD, str(home), env={}) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        holder.kill()
        holder.wait()
        assert all_gone(home)
    with embedded.start(home) as servers:
        assert numbers(servers) == [1]


def test_the_owner_of_the_database_is_no_superuser(home: Path) -> None:
    asked = "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"
    with embedded.start(home) as servers, psycopg.connect(dsn(servers)) as connection:
        assert connection.execute(asked).fetchone() == (False,)
        assert connection.execute("show fsync").fetchone() == ("on",)


def test_a_second_service_in_the_same_folder_is_refused_in_one_line(home: Path) -> None:
    with (
        embedded.start(home) as servers,
        pytest.raises(ConfigError, match=r"already runs in .* stop it first"),
    ):
        embedded.start(home)
    assert not servers.postgres.alive


def test_a_stale_lock_that_names_somebody_else_is_dropped(home: Path) -> None:
    with embedded.start(home) as servers:
        write(servers, 1)
        servers.postgres.kill9()
        lock = home / "postgres" / "postmaster.pid"
        lines = lock.read_text().split("\n")
        lock.write_text("\n".join([str(os.getpid()), *lines[1:]]))
        servers.postgres.start()
        assert numbers(servers) == [1]


def test_a_preparation_that_broke_off_is_begun_anew(home: Path) -> None:
    (home / "postgres.new").mkdir()
    (home / "postgres.new" / "PG_VERSION").write_text("18\n")
    with embedded.start(home) as servers:
        write(servers, 1)


def test_a_long_path_gets_its_sockets_elsewhere_and_leaves_none_behind(home: Path) -> None:
    with embedded.start(home / ("deep" * 30)) as servers:
        write(servers, 1)
        sockets = servers.folders.sockets
        assert not sockets.is_relative_to(home)
        assert sockets.stat().st_mode & 0o077 == 0
    assert not sockets.exists()


def test_nobody_else_can_reach_the_servers(home: Path) -> None:
    with embedded.start(home) as servers:
        assert home.stat().st_mode & 0o077 == 0
        assert servers.folders.sockets.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_used_is_named_in_one_line(home: Path) -> None:
    (home / "file").touch()
    with pytest.raises(ConfigError, match=r"cannot use the data folder .*CARTWRIGHT_HOME"):
        embedded.start(home / "file" / "data")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_rights_is_named_in_one_line(home: Path) -> None:
    home.chmod(0o500)
    with pytest.raises(ConfigError, match="give yourself rights on it"):
        embedded.start(home / "data")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
def test_root_without_user_namespaces_runs_postgres_as_nobody(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Programs are found in a folder that has no `unshare`."""
    for program in ("test", "sh"):
        (tmp_path / program).symlink_to(str(shutil.which(program)))
    monkeypatch.setenv("PATH", str(tmp_path))
    tmp_path.chmod(0o755)
    for folder in tmp_path.parents[:3]:  # one more where several processes share the tests
        folder.chmod(0o755)
    home.chmod(0o755)
    try:
        with embedded.start(home) as servers:
            write(servers, 1)
            assert numbers(servers) == [1]
    except ConfigError as error:
        if "does not run as root" not in str(error):
            raise
        pytest.skip("the environment lies in a folder that nobody may enter")
