"""The two lists that come with the demo: made up, made by a script, and the same in either form."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import clerkbulk as cb
from clerkbulk.demo import files
from clerkbulk.people.job_file import load
from clerkbulk.people.read import read

DATA = Path(cb.__file__).parent / "demo"
MAKE = Path(__file__).parents[1] / "demo" / "make.py"


def test_without_the_workbook_libraries_the_same_people_come_as_csv(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of colleagues is there twice, and either form gives the same invitations and left-out lines."""
    monkeypatch.setattr(files, "find_spec", lambda name: None)
    assert [act.people for act in files.acts()] == ["newsletter-signups.csv", "new-colleagues.csv"]
    job_file = load(DATA / "new-colleagues.toml")
    one, other = (
        cb.check(read(DATA / name), job_file.target, columns=dict(job_file.columns), defaults=dict(job_file.defaults))
        for name in ("new-colleagues.xlsx", "new-colleagues.csv")
    )
    assert (one.lines, one.invalid) == (other.lines, other.invalid)
    assert [_as_text(item) for item in one.items] == [_as_text(item) for item in other.items]


def _as_text(item: dict[str, Any]) -> dict[str, Any]:
    """Write a staff number that the workbook holds as a number as text."""
    private = {key: str(value) for key, value in item["private_metadata"].items()}
    return {**item, "private_metadata": private}


def test_the_lists_come_out_of_their_script_again(tmp_path: Path) -> None:
    """tests/demo/make.py writes the committed files: text byte by byte, the workbook cell by cell."""
    import python_calamine

    subprocess.run([sys.executable, str(MAKE), str(tmp_path)], check=True)
    for name in ("newsletter-signups.csv", "new-colleagues.csv"):
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes()
    books = [python_calamine.CalamineWorkbook.from_path(folder / "new-colleagues.xlsx") for folder in (tmp_path, DATA)]
    made, committed = ({name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names} for book in books)
    assert made == committed
    assert list(made) == ["Read me", "New colleagues"]


def test_everybody_in_the_lists_is_made_up() -> None:
    """Addresses are of example domains, or of misspelt ones made up for the purpose."""
    slips = {"gmial.com", "outlok.com", "hotmail.con", "exmaple.com", "exampel.com"}
    slips |= {"exmaple.org", "exampel.org", "examplle.org", "example", "example..org"}
    for name in ("newsletter-signups.csv", "new-colleagues.csv"):
        cells = [str(cell).lower() for row in read(DATA / name).rows for cell in row.cells]
        domains = {domain.rstrip(".") for cell in cells for domain in re.findall(r"@[\s@]*([\w.-]+)", cell)}
        assert len(domains) > 5
        assert not {domain for domain in domains - slips if not re.fullmatch(r"(.+\.)?example\.(com|org|net)", domain)}
