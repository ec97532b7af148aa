"""The benchmarks run; what they measure is not judged here, since a busy machine would decide."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_check_of_many_people_can_be_measured() -> None:
    """A small run prints rows a second of both, their ratio and the peak of memory."""
    command = [sys.executable, "-m", "benchmarks.check_million", "--rows", "3000"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("3,000 rows, ")
    assert re.search(r"^clerkbulk, read \+ map \+ check \+ bodies +[\d,]+ rows/s$", ran.stdout, re.MULTILINE)
    assert re.search(r"^official SDK, build \+ serialise alone +[\d,]+ rows/s$", ran.stdout, re.MULTILINE)
    assert re.search(r"^ratio +\d+\.\d$", ran.stdout, re.MULTILINE)
    assert re.search(r"^peak memory +\d+ MB$", ran.stdout, re.MULTILINE)


def test_a_million_people_would_be_the_same_people_every_time(tmp_path: Path) -> None:
    """The file is made up anew for every run and is the same each time: a header, good rows and bad ones."""
    command = "from pathlib import Path; from benchmarks.people_file import write_people; write_people(Path({!r}), 500)"
    files = [tmp_path / "one.csv", tmp_path / "two.csv"]
    for path in files:
        subprocess.run([sys.executable, "-c", command.format(str(path))], cwd=ROOT, timeout=60, check=True)
    assert files[0].read_bytes() == files[1].read_bytes()
    lines = files[0].read_text("utf-8").splitlines()
    assert lines[0] == "email,role,team,office,redirect_url,expires_in_days"
    assert len(lines) == 501


def test_the_hours_can_be_measured_against_the_bound() -> None:
    """A small run prints a line for both targets, both lane settings and three shares of known people."""
    command = [sys.executable, "-m", "benchmarks.hours", "--rows", "20"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    lines = [line.split() for line in ran.stdout.splitlines()]
    assert lines[0] == ["20", "people,", "calm,", "0", "s", "an", "answer"]
    assert [line[:3] for line in lines[2:]] == [
        [target, lanes, known]
        for target in ("application", "organization")
        for lanes in ("bulk", "both")
        for known in ("0%", "3%", "10%")
    ]
    # Twenty people, one of them known, two of them known: two calls each, at once, nobody twice, nobody lost.
    assert {tuple(line[3:11]) for line in lines[2:]} == {("0.000", "0", "-", "2", "2", "1.0000", "0", "0")}


def test_a_look_at_a_large_instance_can_be_measured() -> None:
    """A small run prints what looks take, the first, one without change and one with a few, and what telling takes."""
    command = [sys.executable, "-m", "benchmarks.onboarding_size", "1000"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    lines = ran.stdout.splitlines()
    assert lines[0].startswith("1,000 invitations; ")
    assert [line.partition(":")[0] for line in lines[1:]] == [
        "first look", "nothing new", "one in a hundred accepted", "told by another process", "10 frames (pandas)",
        "report with two groupings", "journeys and report together",
    ]  # fmt: skip
