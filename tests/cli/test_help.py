"""Help: every command has it, and asking for it is quick because nothing heavy is loaded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from program import run

import clerkbulk
from clerkbulk.cli import program

CONTEXT = click.Context(program)
COMMANDS = program.list_commands(CONTEXT)
PINNED = {"check", "preview", "preflight", "plan", "send", "resume", "status", "results", "emulate", "demo"}
HEAVY = {"rich", "pydantic", "httpx", "sqlalchemy", "starlette", "uvicorn", "jsonschema", "email_validator"}


def test_the_pinned_commands_are_there() -> None:
    """Scripts hold on to these names."""
    assert set(COMMANDS) >= PINNED


@pytest.mark.parametrize("asked", ["--help", "-h"])
def test_help_names_every_command_with_what_it_does(asked: str) -> None:
    """A line a command, the exit statuses, where the key comes from; status 0."""
    ran = run(asked)
    assert (ran.status, ran.err) == (0, "")
    assert [line.split()[0] for line in ran.out[ran.out.index("Commands:") :].splitlines()[1:]] == COMMANDS
    assert "Exit status: 0 done and nothing wrong" in ran.out
    assert "CLERK_SECRET_KEY" in ran.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    """Usage, a sentence, and a word on each option; nothing wider than 100 characters."""
    ran = run(command, "--help")
    assert (ran.status, ran.err) == (0, "")
    usage, blank, sentence, *rest = ran.out.splitlines()
    assert usage.startswith(f"Usage: clerkbulk {command}")
    assert (blank, sentence[:2]) == ("", "  ")
    assert sentence.strip()[0].isupper()
    assert max(map(len, rest)) <= 100
    options = program.get_command(CONTEXT, command).params
    assert [option.name for option in options if option.param_type_name == "option" and not option.help] == []


def test_the_version_is_the_package_s() -> None:
    """--version names the program and its version."""
    assert run("--version").out == f"clerkbulk, version {clerkbulk.__version__}\n"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("chekc", "Error: There is no command 'chekc': did you mean check?"),
        ("staus", "Error: There is no command 'staus': did you mean status?"),
        ("invite-everybody", "Error: No such command 'invite-everybody'."),
    ],
)
def test_a_mistyped_command_is_not_guessed(typed: str, said: str) -> None:
    """The likely one is named, nothing is run, and the status is 2."""
    ran = run(typed)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS)], ids=" ".join
)
def test_help_loads_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    """Neither rich, pydantic, httpx nor any other large library is loaded to print help."""
    script = (
        "import atexit, json, sys\n"
        "atexit.register(lambda: open('loaded', 'w').write(json.dumps(sorted(sys.modules))))\n"
        "from clerkbulk.cli import main\n"
        f"sys.argv = ['clerkbulk', *{arguments!r}]\n"
        "main()\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, cwd=tmp_path)
    loaded = {name.split(".")[0] for name in json.loads((tmp_path / "loaded").read_text())}
    assert loaded & HEAVY == set()
