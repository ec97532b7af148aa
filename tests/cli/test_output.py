"""What the program prints whatever it is handed: pictures for control characters, valid JSON, no key."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from program import run

from clerkbulk.cli.exits import speaking_errors
from clerkbulk.cli.visible import visible

EVIL = "\x1b]0;pwned\x07\x1b[31mbad\x9b2J"
SEEN = r"␛]0;pwned␇␛[31mbad\x9b2J"


def clerkbulk(folder: Path, *arguments: str, encoding: str = "utf-8") -> subprocess.CompletedProcess[bytes]:
    """Run the program as a process of its own: only a real output has an encoding that can fail."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CLERK_")}
    return subprocess.run(
        [sys.executable, "-m", "clerkbulk", *arguments],
        capture_output=True, cwd=folder, env={**environment, "PYTHONIOENCODING": encoding}, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ä 李 🎉", "plain ä 李 🎉"),
        ("a\tb\nc\r\nd", "a\tb\nc\nd"),
        ("a\rb\0\x08", "a␍b␀␈"),
        (EVIL, SEEN),
        ("\x7f\x85\ud800", r"␡\x85\ud800"),
    ],
)
def test_control_characters_are_shown_and_not_obeyed(text: str, shown: str) -> None:
    """Pictures for what has one, escapes for the others; tabs and line ends stay."""
    assert visible(text) == shown


def test_nothing_in_a_table_reaches_the_terminal_as_a_command(tmp_path: Path) -> None:
    """Cells, column names, bytes that cannot be decoded, and file names: all of it is shown."""
    people = tmp_path / f"{EVIL}.csv"
    people.write_text(f"email,notify,te\x1b[1mam\na@example.org,{EVIL},x\nb@example.org\x1b[5m@,,x\n")
    broken = tmp_path / "broken.csv"
    broken.write_bytes(b"email,note\na@example.org,caf\xff\x1b[2Jx\n")
    for arguments in (["check", people], ["check", broken, "--encoding", "utf-8"], ["check", tmp_path / f"{EVIL}.tsv"]):
        ran = run(*arguments)
        assert ran.status in {1, 2}
        assert [character for character in ran.out + ran.err if not character.isprintable() and character != "\n"] == []
    shown = run("check", people).out
    assert f"{SEEN}.csv → the application" in shown
    assert f"notify: {SEEN}" in shown
    assert "te␛[1mam" in shown


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_half_a_character_is_no_reason_to_fail(tmp_path: Path, encoding: str) -> None:
    """A lone surrogate, or an output that has no ``→``, is escaped; JSON stays JSON and holds the same text."""
    (tmp_path / "s.jsonl").write_text('{"email":"s1@example.org","x":"\\ud800 ä🎉"}\n')
    ran = clerkbulk(tmp_path, "check", "s.jsonl", "--metadata", "x", encoding=encoding)
    assert (ran.returncode, ran.stderr) == (1, b"")
    assert rb"x: \ud800 " in ran.stdout
    ran = clerkbulk(tmp_path, "check", "s.jsonl", "--metadata", "x", "--format", "json", encoding=encoding)
    assert (ran.returncode, ran.stderr) == (1, b"")
    assert json.loads(ran.stdout.decode(encoding))["issues"][0]["cell"] == "\ud800 ä🎉"


def test_what_is_printed_to_be_pasted_keeps_its_meaning(tmp_path: Path) -> None:
    """A body with a terminal's command in it is printed with an escape, and is the same JSON."""
    (tmp_path / "p.jsonl").write_text('{"email": "a@example.org", "x": "\x9b2J\x7fä"}\n')
    for encoding in ("utf-8", "ascii"):
        ran = clerkbulk(tmp_path, "preview", "p.jsonl", "--metadata", "x", encoding=encoding)
        assert ran.returncode == 0
        assert b"\\u009b2J\\u007f" in ran.stdout
        assert json.loads(ran.stdout.decode(encoding)) == [
            {"email_address": "a@example.org", "public_metadata": {"x": "\x9b2J\x7fä"}}
        ]


def test_a_defect_is_70_with_a_traceback_that_holds_no_key(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not 1, which means "done, with issues"; where it happened is said, and the key is taken out of it."""
    monkeypatch.setenv("CLERK_SECRET_KEY", "an_odd_key")
    with pytest.raises(SystemExit) as ended, speaking_errors():
        raise RuntimeError("an_odd_key, Bearer sk_test_fake \x1b[2J")
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (70, "")
    assert "Traceback" in said.err
    assert "RuntimeError: [removed], [removed] ␛[2J" in said.err
    assert said.err.splitlines()[-1].startswith("Error: clerkbulk itself failed (RuntimeError).")
    assert "an_odd_key" not in said.err
    assert "sk_test" not in said.err


@pytest.mark.parametrize(("columns", "width"), [("60", 60), ("200", 200), ("", 120), ("0", 120), ("wide", 120)])
def test_columns_say_how_wide_a_pipe_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: str, width: int
) -> None:
    """As in a terminal; what is no number of columns is no width."""
    (tmp_path / "p.csv").write_text("email\nbob@example,com\n" + "ada@example.com,a,b\n")
    monkeypatch.setenv("COLUMNS", columns)
    lines = run("check", tmp_path / "p.csv").out.splitlines()
    assert max(map(len, lines)) <= width
    assert max(map(len, lines)) > width * 0.7 or width == 200


def test_an_empty_suppression_list_is_said_to_be_none(tmp_path: Path) -> None:
    """It may be the wrong file; it is obeyed all the same."""
    (tmp_path / "p.csv").write_text("email\nada@example.com\n")
    (tmp_path / "no.txt").write_text("# nobody yet\n\n")
    ran = run("preflight", tmp_path / "p.csv", "--suppress", tmp_path / "no.txt")
    assert f"Note: the suppression list {tmp_path / 'no.txt'} has no entry: it counts as none.\n" in ran.err
    assert "CLERK_SECRET_KEY" in ran.err
