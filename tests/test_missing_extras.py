"""Without an extra: whoever uses what it brings is told its name and how to get it, never a traceback of imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = "from clerkbulk.cli import main; main()"


def ended(missing: str, code: str, *arguments: str, at: Path) -> tuple[int, str]:
    """Run code in a process in which a module cannot be imported; return its exit status and last line."""
    blocked = f"import sys; sys.modules[{missing!r}] = None; {code}"
    done = subprocess.run(
        [sys.executable, "-c", blocked, *arguments], capture_output=True, text=True, cwd=at, timeout=60, check=False
    )
    return done.returncode, (done.stderr.strip().splitlines() or [""])[-1]


@pytest.mark.parametrize("missing", ["anywidget", "ipywidgets"])
@pytest.mark.parametrize("form", ["BulkInvite", "InvitationForm", "OnboardingView"])
def test_the_forms_name_the_extra_for_notebooks(missing: str, form: str, tmp_path: Path) -> None:
    """An error of clerkbulk's own, whichever module is the one that lacks."""
    status, said = ended(missing, f"import clerkbulk; clerkbulk.{form}()", at=tmp_path)
    assert status == 1
    assert said == (
        f"clerkbulk.errors.ClerkbulkError: The forms need {missing}, which is not installed: "
        "pip install 'clerkbulk[notebook]'."
    )


@pytest.mark.parametrize(
    ("missing", "arguments", "extra"),
    [
        ("voila", ["app", "--no-browser"], "app"),
        ("vcr", ["contract", "--target", "cassettes", "--case", "application-list-*"], "contract"),
        ("yaml", ["contract", "--spec", "clerk.yml"], "contract"),
        ("uvicorn", ["emulate"], "emulator"),
        ("xlsxwriter", ["check", "people.csv", "--issues", "issues.xlsx"], "excel"),
        ("pyarrow", ["check", "people.csv", "--issues", "issues.parquet"], "parquet"),
        ("psycopg", ["status", "--ledger", "postgresql://nobody@127.0.0.1/nothing"], "postgres"),
    ],
)
def test_a_command_names_the_extra_it_needs(missing: str, arguments: list[str], extra: str, tmp_path: Path) -> None:
    """In one line on standard error, with the exit status of wrong usage."""
    (tmp_path / "clerk.yml").write_text("openapi: 3.0.0\n")
    (tmp_path / "people.csv").write_text("email\nada@@example.com\n")
    status, said = ended(missing, PROGRAM, *arguments, at=tmp_path)
    assert (status, f"pip install 'clerkbulk[{extra}]'" in said) == (2, True), said
