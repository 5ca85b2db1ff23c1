"""What the README tells people to type works."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from connector.services import flow_texts
from jobs import flow_means

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()


def commands(language: str) -> list[str]:
    """The lines of the README's fenced blocks of one language, without their comments."""
    blocks = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("line", commands("console"))
def test_every_command_of_the_readme_runs(line: str) -> None:
    program, *words = shlex.split(line)
    assert program == "cartwright"
    done = subprocess.run(
        [sys.executable, "-m", "connector.cli", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("line", [one for one in commands("text") if "flows" in one])
def test_the_commands_about_flows_are_there_with_their_options(line: str) -> None:
    words = shlex.split(line)[1:]
    named = words[:2]
    helped = subprocess.run(
        [sys.executable, "-m", "connector.cli", *named, "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    for option in (word for word in words if word.startswith("--")):
        assert option in helped.stdout


def test_the_flow_of_the_readme_is_sound() -> None:
    [source] = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert flow_texts.checked(source, flow_means.product()).flow.key == "gentle"


def test_make_explains_itself_and_every_target_of_the_readme() -> None:
    done = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for line in commands("sh"):
        target = line.removeprefix("make").strip()
        assert f"make {target or 'help'}" in done.stdout


def test_every_process_of_the_procfile_exists() -> None:
    from connector.cli import _COMMANDS
    from jobs.runtime import QUEUES

    lines = dict(
        line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines() if line
    )
    workers = {f"worker-{queue}": f"cartwright worker {queue}" for queue in QUEUES}
    assert workers.items() <= lines.items()
    ours = [line.split()[1] for line in lines.values() if line.startswith("cartwright ")]
    assert set(ours) <= _COMMANDS.keys()
    assert "connector.app:wsgi" in lines["web"]


def test_every_adapter_has_its_row_with_its_features() -> None:
    from connector.audiences import AUDIENCES
    from connector.channels import CHANNELS
    from connector.outlets import OUTLETS
    from platforms import PLATFORMS

    for kind in PLATFORMS:
        assert f"| `{kind}` | platform |" in README
    for kind, channel in CHANNELS.items():
        features = ", ".join(sorted(channel.features))
        assert f"| `{kind}` | channel: {channel.medium} | {features} |" in README
    for kind in OUTLETS:
        assert f"| `{kind}` | outlet |" in README
    for kind, audience in AUDIENCES.items():
        assert f"| `{kind}` | audience | tags, batches of {audience.batch} |" in README
