"""The demo's files: two lists of made-up people with their job files, and where everything is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from clerkbulk.errors import InputError

LEDGER = "demo-ledger.db"
_WRITTEN_BY_LEDGER = (LEDGER, f"{LEDGER}-wal", f"{LEDGER}-shm", f"{LEDGER}-journal")


@dataclass(frozen=True, slots=True)
class Act:
    """One list of people on its way to one target: the names of the files that go in and come out."""

    stem: str
    suffix: str

    @property
    def people(self) -> str:
        """The list as it came."""
        return f"{self.stem}{self.suffix}"

    @property
    def job_file(self) -> str:
        """How it is read and mapped."""
        return f"{self.stem}.toml"

    @property
    def issues(self) -> str:
        """Everything that was found in it."""
        return f"{self.stem}-issues.csv"

    @property
    def results(self) -> str:
        """The list with what became of each line."""
        return f"{self.stem}-results{self.suffix}"


def acts() -> tuple[Act, Act]:
    """Return the list for the application and the one for an organization.

    The second is a workbook where workbooks can be read and written, and the same cells as CSV elsewhere.
    """
    workbooks = all(find_spec(library) is not None for library in ("python_calamine", "xlsxwriter"))
    return Act("newsletter-signups", ".csv"), Act("new-colleagues", ".xlsx" if workbooks else ".csv")


def lay_out(folder: Path) -> Iterator[Path]:
    """Put the lists and job files into a folder, made if missing, in the place of an earlier demo's.

    Yields the files written. Raises InputError when the folder cannot be written, or holds files of these names that
    are not an earlier demo's: those have its ledger beside them. Nothing else in the folder is touched.
    """
    ours = [name for act in acts() for name in (act.people, act.job_file, act.issues, act.results)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = [name for name in ours if (folder / name).exists()]
        if taken and not (folder / LEDGER).exists():
            raise InputError(
                f"{folder / taken[0]} is there already and not from a demo. Name another folder with --out."
            )
        for name in _WRITTEN_BY_LEDGER:
            (folder / name).unlink(missing_ok=True)
        # There from the first moment on, so that a demo that was interrupted is known for one.
        (folder / LEDGER).touch(mode=0o600)
        for act in acts():
            for name in (act.people, act.job_file):
                (folder / name).write_bytes(files("clerkbulk.demo").joinpath(name).read_bytes())
                yield folder / name
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror or error}. Name another folder.") from error
