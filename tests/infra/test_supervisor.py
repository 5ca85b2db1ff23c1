"""The supervisor: everything runs, what dies comes back, nothing stays behind."""

from __future__ import annotations

import http.client
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from connector.embedded.child import Child, wait_until
from connector.errors import ConfigError
from connector.supervisor import GaveUp, Ports, Running, Supervisor
from connector.supervisor.keeper import Keeper, Watch
from tests.infra.processes import all_gone, left_of, run_cli, started

NOBODY_THERE = "postgresql+psycopg://someone:secret-word@127.0.0.1:9/nothing"


@pytest.fixture
def home() -> Iterator[Path]:
    """A data folder of our own, with a short name, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="cw-") as folder:
        yield Path(folder)


@pytest.fixture
def ports() -> Ports:
    """A whole set that nobody uses."""
    return Ports.around(Ports.free().web % 20000 + 20000)


def status(running: Running, path: str = "/healthz") -> int:
    """What the web server answers; 0 if it does not."""
    connection = http.client.HTTPConnection("127.0.0.1", running.ports.web, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


@pytest.mark.stack
def test_what_is_killed_comes_back_and_a_stop_leaves_nothing(home: Path, ports: Ports) -> None:
    heard: list[str] = []
    with Supervisor(home, ports, sandbox=False, notice=heard.append).start() as running:
        pids = {name: child.pid for name, child in running.children.items()}
        for child in list(running.children.values()):
            child.kill9()
        assert wait_until(lambda: all_back(running, pids), 30)
        assert wait_until(lambda: status(running) == 200, 30)
        assert {"postgres", "valkey", "web", "clock", "worker-messages"} <= pids.keys()
        assert len(heard) >= len(pids)
    assert all_gone(home, 2)


def all_back(running: Running, pids: dict[str, int]) -> bool:
    children = running.children
    return all(children[name].alive and children[name].pid != pid for name, pid in pids.items())


@pytest.mark.stack
def test_a_killed_supervisor_leaves_no_orphan_and_the_next_start_keeps_all(
    home: Path, ports: Ports
) -> None:
    words = ["-m", "connector.cli", "run", "--no-sandbox", "--port", str(ports.web)]
    env = {"CARTWRIGHT_HOME": str(home)}
    with started(*words, env=env) as service:
        assert service.stdout is not None
        assert wait_until(lambda: "Ctrl-C" in service.stdout.readline(), 60)  # type: ignore[union-attr]
        families = psutil.Process(service.pid).children(recursive=True)
        service.kill()
        service.wait()
        assert len(families) > 6
        assert all_gone(home)
        assert not [process for process in families if alive(process)]
    key = (home / "secret.key").read_text()
    with Supervisor(home, ports, sandbox=False).start() as running:
        assert status(running) == 200
    assert (home / "secret.key").read_text() == key


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


@pytest.mark.stack
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_everything_in_good_order(
    home: Path, ports: Ports, how: signal.Signals
) -> None:
    words = ["-m", "connector.cli", "run", "--no-sandbox", "--port", str(ports.web)]
    with started(*words, env={"CARTWRIGHT_HOME": str(home)}) as service:
        assert service.stdout is not None
        assert wait_until(lambda: "Ctrl-C" in service.stdout.readline(), 60)  # type: ignore[union-attr]
        service.send_signal(how)
        out, error = service.communicate(timeout=100)
        assert (service.returncode, error) == (0, "")
        assert out.endswith("Stopped.\n")
    assert not left_of(home)
    assert "database system is shut down" in (home / "logs/postgres.log").read_text()


def test_a_port_in_use_is_one_clear_line(home: Path, ports: Ports) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", ports.web))
        holder.listen()
        done = run_cli("run", "--port", str(ports.web), env={"CARTWRIGHT_HOME": str(home)})
    assert_one_line(done.stderr, f"port {ports.web} (web) is in use")
    assert done.returncode == 2
    assert not left_of(home)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (NOBODY_THERE, "DATABASE_URL: no connection"),
        ("postgresql+psycopg://someone@host:port/x", "DATABASE_URL is not a database URL"),
        ("mysql://x/y", "DATABASE_URL must start with postgresql+psycopg://"),
    ],
)
def test_a_wrong_database_url_is_one_clear_line(home: Path, url: str, says: str) -> None:
    env = dict.fromkeys(("DATABASE_URL", "DATABASE_APP_URL", "DATABASE_BROKER_URL"), url)
    done = run_cli("run", "--no-sandbox", env={"CARTWRIGHT_HOME": str(home), **env})
    assert_one_line(done.stderr, says)
    assert "secret-word" not in done.stderr
    assert done.returncode == 2
    assert not left_of(home)


def test_a_folder_that_cannot_be_used_is_one_clear_line(home: Path) -> None:
    (home / "file").touch()
    done = run_cli("run", env={"CARTWRIGHT_HOME": str(home / "file/data")})
    assert_one_line(done.stderr, "cannot use the data folder")
    assert done.returncode == 2


def assert_one_line(text: str, says: str) -> None:
    assert says in text
    assert text.count("\n") == 1
    assert text.startswith("cartwright: ")


def test_a_program_that_keeps_crashing_ends_the_service_with_its_last_words(home: Path) -> None:
    heard: list[str] = []
    watch = Watch(heard.append, crashes_allowed=3)
    broken = Child("broken", [sys.executable, "-c", "exit('no luck')"], home / "log")
    broken.start()
    keeper = Keeper(broken, watch)
    assert watch.ended.wait(20)
    keeper.join()
    assert heard == ["broken ended with code 1; starting it again"] * 2
    assert watch.failure == "broken ended with code 1, again and again:\n" + "\n".join(
        ["no luck"] * 3
    )


def test_a_program_that_cannot_start_leaves_nothing_running(home: Path, ports: Ports) -> None:
    with pytest.raises(ConfigError, match="did not start"):
        Supervisor(home, ports, sandbox=False, extra={"CARTWRIGHT_LEASE_S": "soon"}).start()
    assert all_gone(home, 2)


@pytest.mark.stack
def test_a_service_that_cannot_go_on_stops_with_the_reason(home: Path, ports: Ports) -> None:
    supervisor = Supervisor(home, ports, sandbox=False, crashes_allowed=1)
    with supervisor.start() as running:
        running.process("clock").kill9()
        with pytest.raises(GaveUp, match=r"clock was killed \(SIGKILL\), again and again"):
            running.wait(20)
    assert all_gone(home, 2)
