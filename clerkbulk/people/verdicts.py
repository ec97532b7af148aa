"""Verdicts: what is found about each row of a table that changes, kept true row by row.

What a row's own cells say is judged by the Checker when they change. Who has an address first follows at once, from
the claims. What is told of the whole table (misspelt domains, privileged roles) is told anew by settle().
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

from clerkbulk.people.check import CHUNK, Checker, broken_lines
from clerkbulk.people.claims import Claims
from clerkbulk.people.issue import Issue, Issues, Severity
from clerkbulk.people.mapping import Mapping
from clerkbulk.people.misspellings import Misspellings
from clerkbulk.people.pause import collection_paused
from clerkbulk.people.rules import (
    BROKEN_LINES,
    PRIVILEGED_ROLES,
    Finding,
    duplicate_address,
    find,
    misspelt_domain,
    privileged_role,
)
from clerkbulk.people.table import Cell, Row, Table, as_typed

_SPANNING = {rule.__name__ for rule in (duplicate_address, misspelt_domain, privileged_role)}


class _Facts(NamedTuple):
    """What one row has to do with the others."""

    email: str
    key: str
    domain: str
    role: str | None
    """Its role, if that is a privileged one."""
    cell: Cell
    """The cell of its address."""
    is_bad: bool


class Verdicts:
    """What is found about the rows of a table, those that are left out taken for not being there.

    edited holds line and column of every cell that a person has changed, and is looked at whenever rows are judged: an
    issue that reading found in a cell (a NUL character, half a character) goes with the cell. A line that was broken as
    a line (ragged, unreadable) stays so, whatever is typed into its cells.
    """

    def __init__(self, table: Table, mapping: Mapping, edited: Container[tuple[int, str]]) -> None:
        self._checker = Checker(table.columns, mapping)
        self._edited = edited
        (address,) = mapping.feeds_of("email_address")
        self._address_column, self._address = address.column, table.columns.index(address.column)
        self._role_column = next((feed.column for feed in mapping.feeds_of("role")), None)
        lines = {row.line for row in table.rows}
        self._wide = [*(issue for issue in table.issues if issue.line not in lines), *self._taken()]
        self._as_read: defaultdict[int, list[Issue]] = defaultdict(list)
        for issue in table.issues:
            if issue.line in lines and issue.line is not None:
                self._as_read[issue.line].append(issue)
        self._facts: dict[int, _Facts] = {}
        self._own: dict[int, tuple[Issue, ...]] = {}
        self._of_rule: defaultdict[str, set[int]] = defaultdict(set)
        self._bad: set[int] = set()
        self._doubtful: set[int] = set()
        self._left_out: set[int] = set()
        self._claims = Claims()
        self._misspellings = Misspellings()
        self._roles: defaultdict[str, set[int]] = defaultdict(set)
        self._privileged: dict[int, Issue] = {}
        self.judge(table.rows)
        self.settle()

    def judge(self, rows: Sequence[Row]) -> None:
        """Judge rows, new or changed; their number may be large."""
        with collection_paused():
            for start in range(0, len(rows), CHUNK):
                self._judge(rows[start : start + CHUNK])

    def leave_out(self, lines: Iterable[int]) -> None:
        """Take rows out, as if the table did not have them."""
        for line in lines:
            self._leave(line)
            self._left_out.add(line)

    def take_in(self, lines: Iterable[int]) -> None:
        """Take rows in again that were left out."""
        for line in lines:
            self._left_out.discard(line)
            self._enter(line)

    def settle(self) -> None:
        """Tell anew what is said of all rows together: misspelt domains, privileged roles."""
        self._misspellings.settle()
        rows = len(self._facts) - len(self._left_out)
        self._privileged = {}
        for role, asking in self._roles.items():
            lines = sorted(line for line in asking if self._has_its_address(line))
            if lines:
                found = find(privileged_role, Severity.WARNING, role, lines, rows)
                self._privileged |= {
                    issue.line: issue for issue in self._told(found, lines[0], self._role_column, role) if issue.line
                }

    def of_line(self, line: int) -> list[Issue]:
        """Return what is found about one row; of a row left out, what its own cells say."""
        own = list(self._own.get(line, ()))
        if line in self._left_out:
            return own
        spanning = [*self._duplicate(line), *self._misspelt(line)]
        return [*own, *spanning, *([self._privileged[line]] if line in self._privileged else [])]

    def about_table(self) -> tuple[Issue, ...]:
        """Return the issues that are about no row."""
        return tuple(self._wide)

    def issues(self) -> Issues:
        """Return every issue of the table without the rows left out, as its check would tell them."""
        own = (issue for line, found in self._own.items() if line not in self._left_out for issue in found)
        duplicates = (issue for line in self._claims.lines_kept_out() for issue in self._duplicate(line))
        misspelt = (issue for line in self._misspellings.lines() for issue in self._misspelt(line))
        privileged = (self._privileged[line] for line in self._privileged.keys() - self._left_out)
        return Issues([*self._wide, *own, *duplicates, *misspelt, *privileged])

    def with_errors(self) -> set[int]:
        """Return the rows that become no invitations."""
        return (self._bad - self._left_out).union(self._claims.lines_kept_out())

    def with_warnings(self) -> set[int]:
        """Return the rows that somebody should look at first."""
        return self._doubtful.union(self._misspellings.lines(), self._privileged) - self._left_out

    def with_rule(self, rule: str) -> set[int]:
        """Return the rows with an issue of a rule."""
        match rule:
            case "duplicate_address":
                return set(self._claims.lines_kept_out())
            case "misspelt_domain":
                return self._misspellings.lines()
            case "privileged_role":
                return self._privileged.keys() - self._left_out
            case _:
                return self._of_rule.get(rule, set()) - self._left_out

    def by_rule(self) -> dict[str, int]:
        """Return how many rows have an issue of each rule, the most frequent first."""
        counts = {rule: len(self.with_rule(rule)) for rule in sorted(_SPANNING | self._of_rule.keys())}
        return {rule: count for rule, count in sorted(counts.items(), key=lambda pair: -pair[1]) if count}

    def domain_of(self, line: int) -> str:
        """Return the domain of a row's address, "" where there is none."""
        return self._facts[line].domain

    def _judge(self, rows: Sequence[Row]) -> None:
        lines = [row.line for row in rows]
        for line in lines:
            if line in self._facts and line not in self._left_out:
                self._leave(line)
        own = {line: self._still_as_read(line) for line in lines if line in self._as_read}
        broken = broken_lines(issue for issues in own.values() for issue in issues)
        judged = self._checker.judge(lines, [row.cells for row in rows], broken)
        for issue in self._taken():
            if issue.line is not None:
                own.setdefault(issue.line, []).append(issue)
        roles = judged.values.get("role") or [None] * len(lines)
        for i, (line, cells) in enumerate(rows):
            role = roles[i] if roles[i] in PRIVILEGED_ROLES else None
            is_bad = i in judged.bad
            self._facts[line] = _Facts(
                judged.emails[i], judged.keys[i], judged.domains[i], role, cells[self._address], is_bad
            )
            (self._bad.add if is_bad else self._bad.discard)(line)
            if line in own or line in self._own:
                self._tell(line, tuple(own.get(line, ())))
            if line not in self._left_out:
                self._enter(line)

    def _tell(self, line: int, issues: tuple[Issue, ...]) -> None:
        """Replace what is told of a row's own cells."""
        for issue in self._own.pop(line, ()):
            self._of_rule[issue.rule].discard(line)
        self._doubtful.discard(line)
        for issue in issues:
            self._of_rule[issue.rule].add(line)
            if issue.severity is Severity.WARNING:
                self._doubtful.add(line)
        if issues:
            self._own[line] = issues

    def _taken(self) -> list[Issue]:
        """Take from the checker what it has found."""
        found, self._checker.issues = self._checker.issues, []
        return found

    def _still_as_read(self, line: int) -> list[Issue]:
        """Return what reading found about a line, but for what stood in a cell that was changed since."""
        return [
            issue
            for issue in self._as_read[line]
            if issue.rule in BROKEN_LINES or issue.column is None or (line, issue.column) not in self._edited
        ]

    def _enter(self, line: int) -> None:
        facts = self._facts[line]
        if facts.domain:
            self._misspellings.add(facts.domain, line)
        if not facts.is_bad:
            self._claims.add(facts.key, line)
            if facts.role is not None:
                self._roles[facts.role].add(line)

    def _leave(self, line: int) -> None:
        facts = self._facts[line]
        if facts.domain:
            self._misspellings.remove(facts.domain, line)
        if not facts.is_bad:
            self._claims.remove(facts.key, line)
            if facts.role is not None:
                self._roles[facts.role].discard(line)

    def _has_its_address(self, line: int) -> bool:
        return self._claims.first(self._facts[line].key) == line

    def _duplicate(self, line: int) -> list[Issue]:
        facts = self._facts[line]
        if facts.is_bad or self._has_its_address(line):
            return []
        found = find(duplicate_address, Severity.ERROR, facts.email, self._claims.first(facts.key))
        return self._told(found, line, self._address_column, facts.cell)

    def _misspelt(self, line: int) -> list[Issue]:
        facts = self._facts[line]
        found = find(misspelt_domain, Severity.WARNING, facts.email, self._misspellings.meant)
        return self._told(found, line, self._address_column, facts.cell)

    def _told(self, findings: Sequence[Finding], line: int, column: str | None, cell: Cell) -> list[Issue]:
        typed = as_typed(cell)
        return [Issue(line, column, rule, weight, typed, said, meant) for rule, weight, said, meant in findings]
