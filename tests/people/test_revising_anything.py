"""Revision: whatever a person does to a table, what it tells is what a check of the edited table tells."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from clerkbulk.contract.target import Application, Organization, Target
from clerkbulk.people.check import check_table
from clerkbulk.people.domains import misspelt_domains
from clerkbulk.people.issue import Issue, Severity
from clerkbulk.people.mapping import map_columns
from clerkbulk.people.misspellings import Misspellings
from clerkbulk.people.narrowing import Counts, Narrowing, Show
from clerkbulk.people.revising import Revision
from clerkbulk.people.rules import BROKEN_LINES
from clerkbulk.people.table import Row, Source, Table
from clerkbulk.people.typed import Edit

COLUMNS = ("email", "role", "team", "days")
APPLICATION, ORGANIZATION = Application(), Organization("org_1")


def revision_of(table: Table, target: Target = ORGANIZATION) -> Revision:
    """Return the revision of a table with the columns of COLUMNS."""
    columns = {"email_address": "email", "expires_in_days": "days", "public_metadata.team": "team"}
    if isinstance(target, Organization):
        columns["role"] = "role"
    return Revision(table, map_columns(table, target, columns=columns))


EMAILS = st.one_of(
    st.sampled_from(
        ["ada@example.com", "Ada@Example.com ", "bob@example.com", "eva@exmaple.com", "kim@gmial.com", "lee@gmial.com",
         "x@example.con", "zoe@bücher.example", "zoe@xn--bcher-kva.example", "a@example.test", "bob@@example.com",
         "", " "]
    ),
    st.sampled_from(["ada@example.com", "Ada@example.com", "bob@example.com"]),
    st.builds("p{}@example.com".format, st.integers(0, 20)),
    st.builds("p{}@team{}.example.com".format, st.integers(0, 1), st.integers(0, 1)),
)  # fmt: skip
ROLES = st.sampled_from(["org:member", "org:member", "org:admin", "org:admin", "admin", "Org Member", "boss", ""])
TEAMS = st.sampled_from(["", "core", '{"a": 1}', "x" * 2_000, "7"])
DAYS = st.sampled_from(["", "7", "400", "soon", "7.0"])
CELLS = (EMAILS, ROLES, TEAMS, DAYS)
TYPED = (
    st.one_of(EMAILS, st.none(), st.just(7)),
    st.one_of(ROLES, st.none()),
    st.one_of(TEAMS, st.integers(0, 3), st.booleans(), st.none()),
    st.one_of(DAYS, st.integers(-1, 400), st.floats(), st.none()),
)
"""Cells as a workbook or a frame has them."""
LINE_ISSUES = st.sampled_from(
    [("ragged_line", None, Severity.ERROR), ("unclosed_quote", "team", Severity.ERROR),
     ("half_character", "team", Severity.ERROR), ("nul_character", "email", Severity.ERROR),
     ("stray_quote", "team", Severity.WARNING)]
)  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Draw rows whose line numbers have gaps, some of them broken as lines; and an issue about no row."""
    rows = draw(st.lists(st.tuples(*TYPED), min_size=3, max_size=25))
    alike = draw(st.sampled_from([0, 0, 9, 10, 11]))
    rows += [(f"q{n}@example.com", draw(st.sampled_from(["org:member", "org:admin"])), "", "") for n in range(alike)]
    lines = draw(st.lists(st.integers(1, 3), min_size=len(rows), max_size=len(rows)))
    numbered = [Row(1 + sum(lines[: at + 1]), row) for at, row in enumerate(rows)]
    broken = draw(st.lists(st.tuples(st.integers(0, 40), LINE_ISSUES), max_size=3))
    issues = [
        Issue(numbered[at % len(rows)].line, column, name, severity, "as it stood", "It is broken.")
        for at, (name, column, severity) in broken
    ]
    if draw(st.booleans()):
        issues.append(Issue(None, None, "unclosed_quote", Severity.ERROR, None, "The file is cut short."))
    return Table(COLUMNS, numbered, Source("people.csv", "csv"), tuple(issues))


class Revising(RuleBasedStateMachine):
    """A person at work, and beside it the plainest record of what the table must be."""

    @initialize(table=tables(), goal=st.sampled_from([APPLICATION, ORGANIZATION]))
    def read_table(self, table: Table, goal: Target) -> None:
        """Begin with any table."""
        self.revision = revision_of(table, goal)
        self.table = table
        self.cells = {row.line: list(row.cells) for row in table.rows}
        self.excluded: set[int] = set()
        self.before: list[tuple[dict[int, list[Any]], set[int]]] = []
        self.after: list[tuple[dict[int, list[Any]], set[int]]] = []

    def remember(self) -> None:
        """Note what undo must come back to."""
        self.before.append(self.state())
        self.after.clear()

    def state(self) -> tuple[dict[int, list[Any]], set[int]]:
        """Return a copy of the cells and the excluded lines."""
        return {line: list(cells) for line, cells in self.cells.items()}, set(self.excluded)

    def original(self, line: int) -> tuple[Any, ...]:
        """Return a row's cells as read."""
        return next(row.cells for row in self.table.rows if row.line == line)

    def typed(self, line: int, position: int, text: str) -> Any:
        """Return what a cell holds once a text was typed into it."""
        original = self.original(line)[position]
        return original if ("" if original is None else str(original)) == text else text

    def pick(self, data: st.DataObject) -> int:
        """Draw a line."""
        return data.draw(st.sampled_from(sorted(self.cells)))

    @rule(data=st.data(), position=st.integers(0, 3))
    def type_into_a_cell(self, data: st.DataObject, position: int) -> None:
        """Type something into a cell, now and then what stood there first."""
        line = self.pick(data)
        original = self.original(line)[position]
        text = data.draw(st.one_of(CELLS[position], st.just("" if original is None else str(original))))
        after = self.typed(line, position, text)
        if after is not self.cells[line][position] and after != (self.cells[line][position] or None):
            self.remember()
            self.cells[line][position] = after
        self.revision.set_cell(line, COLUMNS[position], text)

    @rule(data=st.data(), for_all=st.booleans())
    def take_a_suggestion(self, data: st.DataObject, for_all: bool) -> None:
        """Take one of the suggestions, for one cell or for all alike."""
        offered = [issue for issue in self.revision.issues if issue.suggestion]
        if not offered:
            return
        issue = data.draw(st.sampled_from(offered))
        alike = [issue]
        if for_all:
            alike = [other for other in offered if self.likeness(other) == self.likeness(issue)]
        self.remember()
        for other in alike:
            position = COLUMNS.index(other.column or "")
            self.cells[other.line or 0][position] = self.typed(other.line or 0, position, other.suggestion or "")
        if for_all:
            assert self.revision.alike(issue) == alike
            assert self.revision.take_suggestion_for_all(issue) == len(alike)
        else:
            self.revision.take_suggestion(issue)

    def likeness(self, issue: Issue) -> tuple[Any, ...]:
        """Return what issues mended by one suggestion have in common."""
        if issue.rule == "misspelt_domain":
            suggested = str(issue.suggestion).rpartition("@")[2]
            return (issue.rule, suggested, str(issue.cell).strip().lower().rpartition("@")[2])
        return (issue.rule, issue.column, issue.cell, issue.suggestion)

    @rule(data=st.data(), out=st.booleans())
    def exclude_or_include(self, data: st.DataObject, out: bool) -> None:
        """Take lines out, or in again."""
        lines = data.draw(st.lists(st.sampled_from(sorted(self.cells)), min_size=1, max_size=8))
        moved = set(lines) - self.excluded if out else set(lines) & self.excluded
        if moved:
            self.remember()
            self.excluded ^= moved
        assert (self.revision.exclude if out else self.revision.include)(lines) == len(moved)

    @rule()
    def undo(self) -> None:
        """Take back, if there is something."""
        assert self.revision.can_undo == bool(self.before)
        assert (self.revision.what_undo_would_undo is None) == (not self.before)
        if self.before:
            self.after.append(self.state())
            self.cells, self.excluded = self.before.pop()
            self.revision.undo()

    @rule()
    def redo(self) -> None:
        """Do again, if there is something."""
        assert self.revision.can_redo == bool(self.after)
        assert (self.revision.what_redo_would_redo is None) == (not self.after)
        if self.after:
            self.before.append(self.state())
            self.cells, self.excluded = self.after.pop()
            self.revision.redo()

    def edited(self) -> list[Edit]:
        """Return the cells that are not as read."""
        return [
            Edit(row.line, column, before, after)
            for row in self.table.rows
            for column, before, after in zip(COLUMNS, row.cells, self.cells[row.line], strict=True)
            if after is not before
        ]

    def edited_table(self) -> Table:
        """Return the table that must be on its way to the ledger."""
        places = {(edit.line, edit.column) for edit in self.edited()}
        rows = [Row(line, tuple(cells)) for line, cells in self.cells.items() if line not in self.excluded]
        issues = [
            issue
            for issue in self.table.issues
            if issue.line not in self.excluded
            and not (issue.rule not in BROKEN_LINES and (issue.line, issue.column) in places)
        ]
        return Table(COLUMNS, rows, self.table.source, tuple(issues))

    @invariant()
    def what_is_read_at_once_is_true(self) -> None:
        """Before settling: cells, edits, errors and duplicates are those of a full check already."""
        checked = check_table(self.edited_table(), self.revision.mapping)
        assert self.revision.edits() == self.edited()
        assert self.revision.excluded == tuple(sorted(self.excluded))
        assert [row.cells for row in self.revision.page(0, 99)] == [tuple(cells) for cells in self.cells.values()]
        assert not self.excluded & {issue.line for issue in self.revision.issues}
        errors = [issue for issue in self.revision.issues if issue.severity is Severity.ERROR]
        assert errors == list(checked.issues.errors)
        assert self.revision.lines(Narrowing(Show.READY)) == checked.lines
        counts = self.revision.counts()
        assert counts.all == len(self.cells) == counts.ready + counts.errors + counts.excluded

    def teardown(self) -> None:
        """Settle at the end in any case."""
        if hasattr(self, "revision"):
            self.once_settled_it_tells_what_a_check_tells()

    @rule()
    def once_settled_it_tells_what_a_check_tells(self) -> None:
        """The same issues and invitations, and every kind of row has the lines that the issues say."""
        self.revision.settle()
        assert self.revision.is_settled
        whole = check_table(self.edited_table(), self.revision.mapping)
        assert list(self.revision.issues) == list(whole.issues)
        checked = self.revision.checked()
        # Every row goes on, those left out too: each is an invitation, or has an error that says why not.
        assert [row.line for row in checked.table.rows] == [row.line for row in self.table.rows]
        assert sorted((*checked.lines, *checked.invalid)) == [row.line for row in self.table.rows]
        assert {issue.line for issue in checked.issues.errors if issue.line} == set(checked.invalid)
        assert (checked.lines, checked.items) == (whole.lines, whole.items)
        assert [issue for issue in checked.issues if issue.line not in self.excluded] == list(whole.issues)
        first = {issue.line: issue.rule for issue in reversed(checked.issues)}
        assert {line for line, rule in first.items() if rule == "left_out_by_hand"} == self.excluded

        def lines(*rules: str) -> tuple[int, ...]:
            return tuple(
                sorted({i.line for i in whole.issues if i.line in self.cells and {i.rule, i.severity} & {*rules}})
            )

        chosen = {show: self.revision.lines(Narrowing(show)) for show in Show}
        assert chosen == {
            Show.ALL: tuple(self.cells),
            Show.READY: whole.lines,
            Show.ERRORS: lines("error"),
            Show.WARNINGS: lines("warning"),
            Show.DUPLICATES: lines("duplicate_address"),
            Show.EXCLUDED: tuple(sorted(self.excluded)),
            Show.EDITED: tuple(dict.fromkeys(edit.line for edit in self.edited())),
        }
        counts = self.revision.counts()
        by_rule = {name: len(lines(name)) for name in {issue.rule for issue in whole.issues if issue.line}}
        assert counts == Counts(**{show.value: len(found) for show, found in chosen.items()}, by_rule=by_rule)
        for name in by_rule:
            assert self.revision.lines(Narrowing(rule=name)) == lines(name)
        for row in self.revision.page(0, 99):
            if not row.is_excluded:
                found = [issue for issues in row.issues.values() for issue in issues]
                assert sorted(map(repr, found)) == sorted(repr(i) for i in whole.issues if i.line == row.line)


Revising.TestCase.settings = settings(max_examples=200, stateful_step_count=25, deadline=None)
TestRevising = Revising.TestCase


SLIPS = st.sampled_from(["example.com", "exmaple.com", "examples.com", "exaple.com", "gmial.com", "mail.example.con"])
MOVES = st.lists(st.one_of(st.tuples(SLIPS, st.integers(-12, 12)), st.none()), max_size=12)


@settings(max_examples=300)
@given(MOVES)
def test_misspelt_domains_of_a_changing_table_are_those_of_the_table(moves: list[tuple[str, int] | None]) -> None:
    """However many addresses a domain wins and loses, and whenever it settles: what misspelt_domains() says."""
    misspellings = Misspellings()
    lines: dict[str, list[int]] = {}
    latest = 0
    for move in [*moves, None]:
        if move is None:
            misspellings.settle()
            assert misspellings.meant == misspelt_domains({domain: len(here) for domain, here in lines.items() if here})
            assert misspellings.lines() == {line for domain in misspellings.meant for line in lines[domain]}
            continue
        domain, count = move
        here = lines.setdefault(domain, [])
        for _ in range(count):
            latest += 1
            here.append(latest)
            misspellings.add(domain, latest)
        for _ in range(min(-count, len(here))):
            misspellings.remove(domain, here.pop())


def test_a_misspelling_means_the_more_frequent_of_two_domains_at_any_moment() -> None:
    """Between two domains as near, the one that more people have is meant; that changes when they change places."""
    misspellings = Misspellings()
    domains = ["exampla.com", *["example.com"] * 11, *["exampli.com"] * 10]
    for line, domain in enumerate(domains):
        misspellings.add(domain, line)
    misspellings.settle()
    assert misspellings.meant == {"exampla.com": "example.com"}
    for line in (97, 98):
        misspellings.add("exampli.com", line)
    misspellings.settle()
    assert misspellings.meant == {"exampla.com": "exampli.com"}
