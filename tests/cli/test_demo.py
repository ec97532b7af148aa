"""clerkbulk demo: two lists all the way, with every number accounted for."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios
from collections import Counter
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from program import Ran, run
from rich.cells import cell_len

import clerkbulk as cb
from clerkbulk.cli.started import as_called
from clerkbulk.people.read import read

DATA = Path(cb.__file__).parent / "demo"
MAKE = Path(__file__).parents[1] / "demo" / "make.py"
PLANTED = {"CLERK_SECRET_KEY": "sk_live_planted", "CLERK_API_URL": "http://127.0.0.1:9/planted"}
WRITTEN = {
    "demo-ledger.db",
    "new-colleagues.toml", "new-colleagues.xlsx", "new-colleagues-issues.csv", "new-colleagues-results.xlsx",
    "newsletter-signups.toml", "newsletter-signups.csv", "newsletter-signups-issues.csv",
    "newsletter-signups-results.csv",
}  # fmt: skip


@dataclass(frozen=True)
class Demo:
    """A demo that ran: its folder, its two jobs, all of its document, and the run."""

    folder: Path
    application: dict[str, Any]
    organization: dict[str, Any]
    document: dict[str, Any]
    ran: Ran


def _demo(folder: Path) -> Demo:
    ran = run("demo", "--out", folder, "--format", "json", environment=PLANTED)
    document = json.loads(ran.out)
    application, organization = document["jobs"]
    return Demo(folder, application, organization, document, ran)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return _demo(tmp_path_factory.mktemp("demo") / "out")


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    with chdir(tmp_path_factory.mktemp("text")):
        return run("demo", environment=PLANTED)


def test_the_demo_leaves_with_0_and_one_document(demo: Demo) -> None:
    """Issues in the lists are the point of it, so the status is 0; nothing goes to standard error."""
    assert (demo.ran.status, demo.ran.err) == (0, "")
    assert {path.name for path in demo.folder.iterdir()} == WRITTEN
    assert {Path(path).name for path in demo.document["files"]} == WRITTEN
    assert all(Path(path).exists() for path in demo.document["files"])


def test_both_sums_hold_and_are_these(demo: Demo) -> None:
    """Every row of both lists is accounted for, nobody is left."""
    nothing = {"withdrawn": 0, "unknown": 0, "left": 0}
    assert demo.application["sum"] == {
        "rows": 317, "sent": 285, "already_there": 5, "refused": 1, "invalid": 26, **nothing
    }  # fmt: skip
    assert demo.organization["sum"] == {
        "rows": 276, "sent": 257, "already_there": 3, "refused": 1, "invalid": 15, **nothing
    }  # fmt: skip
    for job in (demo.application, demo.organization):
        assert job["state"] == "done"
        assert job["invitations"] == job["sum"]["rows"] - job["sum"]["invalid"]
        assert job["sum"]["sent"] == job["invited"]


def test_the_emulator_s_record_agrees(demo: Demo) -> None:
    """What exists there is what was sent, beside the few people it knew before: 3 and 2 invitations, 4 users."""
    assert demo.document["emulator"] == {
        "invitations": 285 + 3,
        "organization_invitations": 257 + 2,
        "users": 4,
        "organizations": 1,
        "memberships": 2,
    }


def test_the_hour_s_limit_is_kept_and_told(demo: Demo) -> None:
    """The application's 25 calls an hour make the job wait once; the organization's 50 are enough."""
    waits = [moment for moment in demo.application["story"] if moment["what"] == "waiting"]
    assert [moment["sentence"] for moment in waits] == ["until 14:30, 25 of 25 calls of the hour used"]
    assert 25 < demo.application["calls"] <= 50
    assert 1 <= demo.application["hours"] < 1.1
    assert demo.organization["calls"] <= 50
    assert demo.organization["hours"] < 0.1


def test_a_lost_reply_and_refused_calls_are_settled_by_looking(demo: Demo) -> None:
    """The people of the lost calls are found invited; the call refused says how many people it was refused for."""
    told = Counter(moment["what"] for moment in demo.application["story"])
    assert (told["lost"], told["refused"]) == (2, 1)
    lost = [moment["sentence"] for moment in demo.application["story"] if moment["what"] == "lost"]
    assert lost == ["no answer; looked up, not resent: 10 are invited"] * 2
    refused = [moment["sentence"] for moment in demo.application["story"] if moment["what"] == "refused"]
    assert refused == ["refused; looked up: 1 not let in, 9 go again"]
    assert [job["story"][-1]["what"] for job in (demo.application, demo.organization)] == ["done", "done"]


def test_the_sender_dies_once_and_another_one_goes_on(demo: Demo) -> None:
    """The call whose answer nobody wrote down is told as lost right after, and its people are not invited again."""
    story = [(moment["what"], moment["subject"]) for moment in demo.application["story"]]
    crashed = story.index(("crashed", "call 15"))
    assert story[crashed + 1 : crashed + 3] == [("resumed", "resumed"), ("lost", "call 15")]
    assert [what for what, _ in story].count("crashed") == 1


def test_preflight_saves_the_calls_that_would_have_been_refused(demo: Demo) -> None:
    """Whoever is known already is left out beforehand; the plan is one call less than what the one refusal costs."""
    found = {
        job["source"]: {bucket["bucket"]: bucket["count"] for bucket in job["preflight"]["buckets"]}
        for job in (demo.application, demo.organization)
    }
    assert found == {
        "newsletter-signups.csv": {"already_user": 2, "already_invited": 3, "ready": 286},
        "new-colleagues.xlsx": {"already_member": 1, "already_invited": 2, "ready": 258},
    }
    assert [(job["plan"]["calls"], job["calls"]) for job in (demo.application, demo.organization)] == [
        (29, 30),
        (26, 27),
    ]


def test_the_lists_come_back_with_what_became_of_each_line(demo: Demo) -> None:
    """Same lines, same cells, and a state for each that adds up to the sum."""
    for job, name in ((demo.application, "newsletter-signups.csv"), (demo.organization, "new-colleagues.xlsx")):
        before, after = read(demo.folder / name), read(job["files"]["results"])
        assert after.columns[: len(before.columns)] == before.columns
        state = after.columns.index("clerkbulk_state")
        counts = Counter(row.cells[state] for row in after.rows)
        assert counts == {
            name.replace("_", " "): number for name, number in job["sum"].items() if number and name != "rows"
        }
        if name.endswith(".csv"):
            width = len(before.columns)
            # A line with too few cells comes back with empty ones at its end.
            assert [row.cells[:width] for row in after.rows] == [tuple(row.cells) for row in before.rows]


def test_the_sheet_of_issues_is_what_check_finds(demo: Demo) -> None:
    """The files beside it are a real list and a real job file: check finds the same issues in them."""
    for job, stem, suffix in (
        (demo.application, "newsletter-signups", "csv"),
        (demo.organization, "new-colleagues", "xlsx"),
    ):
        ran = run(
            "check", demo.folder / f"{stem}.{suffix}", "--job-file", demo.folder / f"{stem}.toml", "--format", "json"
        )
        assert ran.status == 1
        found = Counter(issue["rule"] for issue in json.loads(ran.out)["issues"])
        written = read(job["files"]["issues"])
        assert Counter(row.cells[written.columns.index("rule")] for row in written.rows) == found
        assert job["issues"] == found


def test_the_ledger_can_be_looked_at_afterwards(demo: Demo) -> None:
    """The commands named at the end work."""
    ledger = demo.folder / "demo-ledger.db"
    status = json.loads(run("status", "--ledger", ledger, "--format", "json").out)
    assert {name: status[name] for name in demo.organization["sum"]} == demo.organization["sum"]
    refused = run("results", "--ledger", ledger, "--only", "refused")
    assert refused.status == 0
    assert "guest@sperrzone.example.net" in refused.out


def test_the_environment_s_key_is_neither_used_nor_shown(demo: Demo, text: Ran) -> None:
    """A live key and an address in the environment leave no trace in output, files or ledger."""
    shown = [demo.ran.out, demo.ran.err, text.out, text.err]
    assert not [output for output in shown if "planted" in output or "sk_live" in output]
    for path in demo.folder.iterdir():
        content = path.read_bytes()
        assert b"planted" not in content, path
        assert b"sk_live" not in content, path


def test_the_demo_is_the_same_every_time(demo: Demo, tmp_path: Path) -> None:
    """Another run in another folder writes the same document and the same sheets."""
    again = _demo(tmp_path / "again")
    assert json.loads(again.ran.out.replace(str(again.folder), str(demo.folder))) == demo.document
    for name in WRITTEN - {"demo-ledger.db"}:
        one, other = demo.folder / name, again.folder / name
        if name.endswith(".xlsx"):
            assert read(one).rows == read(other).rows
        else:
            assert one.read_bytes() == other.read_bytes(), name


def test_an_earlier_demo_is_replaced_and_nothing_else(demo: Demo) -> None:
    """The folder can be used again; a file that is not the demo's stays as it is."""
    mine = demo.folder / "mine.txt"
    mine.write_text("keep")
    again = _demo(demo.folder)
    assert again.document == demo.document
    assert mine.read_text() == "keep"
    mine.unlink()


def test_somebody_s_own_list_is_not_overwritten(tmp_path: Path) -> None:
    """A file of one of the demo's names, in a folder without the demo's ledger, stops the demo before it writes."""
    (tmp_path / "new-colleagues.toml").write_text("mine")
    ran = run("demo", "--out", tmp_path, "--format", "json")
    assert (ran.status, json.loads(ran.out)["exit"]) == (2, 2)
    assert "new-colleagues.toml is there already and not from a demo" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["new-colleagues.toml"]
    assert (tmp_path / "new-colleagues.toml").read_text() == "mine"


def test_the_text_shows_sums_waits_calls_and_what_to_do_next(text: Ran) -> None:
    """The pieces a reader looks for are there, without colour and without padding."""
    assert (text.status, text.err) == (0, "")
    for part in (
        "1  newsletter-signups.csv → the application",
        "2  new-colleagues.xlsx → organization org_2demoWheels",
        "317 rows, CSV, cp1252, delimiter ';', header in line 4",
        "26 rows cannot be invited",
        "t.sinclair@gmial.com → t.sinclair@gmail.com",
        '  "public_metadata":{"language":"pt","source":"Ladenkasse"},\n',
        "await clerkClient.invitations.createInvitationBulk([{\n",
        "looked   5 reads, no call of the hour spent\n",
        "planned  286 people in 29 calls: 1.0 hours, the last one leaves Mon 2027-03-01 14:30 UTC\n",
        "13:30  call 15      the sender dies before the answer is written down\n",
        "13:31  waiting      until 14:30, 25 of 25 calls of the hour used\n",
        "317 rows = 285 sent + 5 already there + 1 refused + 26 invalid\n",
        "276 rows = 257 sent + 3 already there + 1 refused + 15 invalid\n",
        "The emulator has 285 and 257 new invitations",
        "clerkbulk status --ledger demo-output/demo-ledger.db\n",
        "clerkbulk send people.csv --ledger people.db\n",
    ):
        assert part in text.out
    assert not [line for line in text.out.splitlines() if "\x1b" in line or line != line.rstrip()]


@pytest.mark.parametrize(
    ("started", "on_path", "called"),
    [
        (".venv/bin/clerkbulk", False, ".venv/bin/clerkbulk"),
        ("{folder}/.venv/bin/clerkbulk", False, ".venv/bin/clerkbulk"),
        ("own clerkbulk", False, "'./own clerkbulk'"),
        ("{other}/clerkbulk", False, "{other}/clerkbulk"),
        (".venv/bin/clerkbulk", True, "clerkbulk"),
        ("somewhere/clerkbulk/__main__.py", False, "{python} -m clerkbulk"),
        ("-c", False, "clerkbulk"),
    ],
)
def test_the_commands_to_go_on_with_can_be_called(
    started: str, on_path: bool, called: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By name where a shell finds it; else by the path it was started with, from here if it lies below."""
    folder = tmp_path / "here"
    other = tmp_path / "other"
    for path in (folder / ".venv/bin/clerkbulk", folder / "own clerkbulk", other / "clerkbulk"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o755)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PATH", str(folder / ".venv/bin") if on_path else str(folder))
    known = {"folder": folder, "other": other, "python": shlex.quote(sys.executable)}
    assert as_called(started.format(**known)) == called.format(**known)


@pytest.mark.parametrize("width", [80, 140])
def test_the_text_fits_the_terminal(width: int, tmp_path: Path) -> None:
    """In a terminal of 80 columns no line is wider, and code is broken between its parts, not inside a word."""
    shown = _in_a_terminal(width, tmp_path)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    assert max(map(cell_len, lines)) <= min(width, 120)
    assert len(lines) < 160
    assert any("createOrganizationInvitationBulk(" in line for line in lines)


def _in_a_terminal(width: int, folder: Path) -> str:
    """Run the demo on a pseudo-terminal of some width and return what it shows there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    child = subprocess.Popen(
        [sys.executable, "-c", "from clerkbulk.cli import main; main()", "demo"],
        stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env={**environment, "TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    # Linux ends a pseudo-terminal whose other side is closed with an error, others with nothing more to read.
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert child.wait() == 0
    return shown.decode()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A file in the place of the folder: status 2, one sentence, nothing shown as if it had worked."""
    (tmp_path / "file").write_text("")
    ran = run("demo", "--out", tmp_path / "file", "--format", "json")
    assert (ran.status, json.loads(ran.out)["exit"]) == (2, 2)
    assert "cannot be written" in ran.err
