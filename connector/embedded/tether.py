"""Runs a command that dies with its parent: `python -I -S tether.py PARENT SIGNAL USER COMMAND…`.

A program of its own, because the kernel's parent-death signal (PR_SET_PDEATHSIG, Linux) has to
be asked for between fork and exec, where Python code is not safe in a process with threads.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: int, death_signal: int, user: str, command: list[str]) -> None:
    """Become `user` ("uid:gid", or "" for no other), ask for the signal, become the command."""
    if user:
        _become(*map(int, user.split(":")))
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != parent:  # it died before we asked
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 - no shell is what we want


def _become(uid: int, gid: int) -> None:
    """Before the signal is asked for: a change of user takes it back."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
