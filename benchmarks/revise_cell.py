"""What a person waits for who edits a table of 50,000 rows: milliseconds of each thing they do.

    python -m benchmarks.revise_cell [ROWS]

The rows are made-up people, one in fifty of them wrong, for an organization. Each figure is the best of several runs,
which is the machine's noise left out; the ratio is to building the revision, which checks all rows.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import clerkbulk as cb
from benchmarks.people_file import write_people
from clerkbulk.people.narrowing import Narrowing, Show
from clerkbulk.people.revising import Revision

TARGETS_MS = {"build": 1_000.0, "edit one cell, count, page of 50": 100.0}
"""The reach set in the design: shown under a second, an edit answered under a tenth."""


def milliseconds(act: Callable[[int], object], times: int = 5) -> float:
    """Return the quickest of several runs; each is told its number."""
    taken: list[float] = []
    for number in range(times):
        begin = time.perf_counter()
        act(number)
        taken.append((time.perf_counter() - begin) * 1000)
    return min(taken)


def measure(rows: int) -> dict[str, float]:
    """Return the milliseconds of each thing."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        write_people(path, rows)
        checked = cb.check(path, cb.Organization("org_1"), metadata=["team", "office"])
    table, mapping = checked.table, checked.mapping
    taken = {"build": milliseconds(lambda _: Revision(table, mapping), 3)}
    revision = Revision(table, mapping)
    middle = revision.lines()[rows // 2]
    issue = next(issue for issue in revision.issues if issue.suggestion and issue.column == "role")

    def edit(number: int) -> None:
        revision.set_cell(middle, "email", f"new.address{number}@example.com")

    def answer(number: int) -> None:
        edit(number + 100)
        revision.counts()
        revision.page(rows // 2, rows // 2 + 50)

    def settle(number: int) -> float:
        edit(number + 200)
        begin = time.perf_counter()
        revision.settle()
        return (time.perf_counter() - begin) * 1000

    def take_for_all(_: int) -> float:
        begin = time.perf_counter()
        revision.take_suggestion_for_all(issue)
        taken = (time.perf_counter() - begin) * 1000
        revision.undo()
        return taken

    taken["edit one cell"] = milliseconds(edit)
    taken["edit one cell, count, page of 50"] = milliseconds(answer)
    taken["settle after an edit"] = min(map(settle, range(5)))
    taken[f"take a suggestion for {len(revision.alike(issue)):,} alike"] = min(map(take_for_all, range(5)))
    taken["page of 50 with errors, first look"] = milliseconds(lambda n: revision.page(n, n + 50, _errors(n)))
    taken["search, a letter more"] = milliseconds(lambda n: revision.total(Narrowing(text="knuth"[: n + 1])))
    taken["exclude every row"] = milliseconds(lambda _: revision.exclude(revision.lines()), 1)
    taken["undo that"] = milliseconds(lambda _: revision.undo(), 1)
    taken["check from scratch, for the ledger"] = milliseconds(lambda _: revision.checked(), 3)
    return taken


def _errors(number: int) -> Narrowing:
    """Return the rows with errors, asked for in words that were not asked before."""
    return Narrowing(Show.ERRORS, text=" " * number)


def main() -> None:
    """Print the figures, and whether they are within reach."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    taken = measure(rows)
    print(f"{rows:,} rows")
    for what, value in taken.items():
        target = TARGETS_MS.get(what)
        reach = "" if target is None else f"  target {target:,.0f} ms: {'met' if value < target else 'missed'}"
        print(f"{what:<40} {value:>9.2f} ms  {value / taken['build']:>8.4f} of build{reach}")


if __name__ == "__main__":
    main()
