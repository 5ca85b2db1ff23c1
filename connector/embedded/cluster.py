"""Making a database cluster, also as root, as whom PostgreSQL refuses to run."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from connector.embedded.child import server_env
from connector.errors import ConfigError

# A user namespace of our own, in which root is called nobody: no file changes its owner.
_NAMESPACE = ("unshare", "--user", "--map-user=65534", "--map-group=65534")
_INITDB_S = 120
_REFUSAL = (
    "PostgreSQL does not run as root or as a user without a name: start Cartwright as an"
    " ordinary user, allow user namespaces (unshare), or set DATABASE_URL to a server of your own"
)


@dataclass(frozen=True)
class Account:
    """As whom the database's programs run: words before the command, or another user."""

    prefix: Sequence[str] = ()
    uid: int | None = None
    gid: int | None = None

    @classmethod
    def for_us(cls) -> Account:
        """Ourselves; for root a namespace where it is nobody, or nobody itself.

        A user without a name, as containers have them, needs the namespace too.
        """
        if os.geteuid() != 0 and _has_name(os.geteuid()):
            return cls()
        if shutil.which("unshare") and _succeeds([*_NAMESPACE, "true"]):
            return cls(prefix=_NAMESPACE)
        if os.geteuid() != 0:
            raise ConfigError(_REFUSAL)
        nobody = pwd.getpwnam("nobody")
        return cls(uid=nobody.pw_uid, gid=nobody.pw_gid)

    @property
    def user(self) -> str:
        """As a child wants to have it: "uid:gid", "" for our own."""
        return "" if self.uid is None else f"{self.uid}:{self.gid}"

    def give(self, folder: Path) -> None:
        """Make a folder that this account, and nobody else, can use."""
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        if self.uid is not None and self.gid is not None:
            folder.parent.chmod(0o711)  # to pass through, not to look around
            os.chown(folder, self.uid, self.gid)

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a program to its end."""
        return subprocess.run(  # noqa: S603 - our own programs, and no shell
            [*self.prefix, *command],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            timeout=_INITDB_S,
            env=server_env(),
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
        )


def prepare(data: Path, sockets: Path, account: Account, binaries: Path, superuser: str) -> None:
    """Make the cluster in `data` unless it is there; half-made ones never get that name."""
    account.give(sockets)
    if (data / "PG_VERSION").exists():
        return
    draft = data.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    account.give(draft)
    _refuse_unreachable(draft, account, binaries)
    # fmt: off
    made = account.run([
        str(binaries / "initdb"), "-D", str(draft), "-U", superuser, "--auth=trust",
        "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
    ])
    # fmt: on
    if made.returncode:
        raise ConfigError(f"the database could not be made: {made.stderr.strip()[-300:]}")
    draft.rename(data)


def _refuse_unreachable(draft: Path, account: Account, binaries: Path) -> None:
    reachable = account.run(["test", "-w", str(draft)])
    runs = account.run(["test", "-x", str(binaries / "initdb")])
    if reachable.returncode or runs.returncode:
        raise ConfigError(_REFUSAL)


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _succeeds(command: Sequence[str]) -> bool:
    return (
        subprocess.run(  # noqa: S603 - our own programs, and no shell
            command, capture_output=True, check=False, timeout=10
        ).returncode
        == 0
    )
