"""check: every row is judged, every issue found, before anything is sent.

Rows come in chunks and are judged by columns: what a million rows have in common is done once for all of them, and only
what is odd is looked at cell by cell. The outcome does not depend on how the rows were cut into chunks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import compress, islice, pairwise
from operator import lt, ne
from typing import Any, NamedTuple

from clerkbulk.contract.address import SPECIAL_USE, is_plain
from clerkbulk.contract.endpoint import endpoint_for
from clerkbulk.contract.target import Application, Target
from clerkbulk.errors import InputError
from clerkbulk.people.added import without_added
from clerkbulk.people.batch import compact_json
from clerkbulk.people.cells import ABSENT
from clerkbulk.people.checked import Checked
from clerkbulk.people.domains import OFTEN, misspelt_domains
from clerkbulk.people.filling import Constant, Filling, OneColumn, SeveralColumns
from clerkbulk.people.issue import Issue, Severity
from clerkbulk.people.mapping import Mapping as ColumnMapping
from clerkbulk.people.mapping import map_columns
from clerkbulk.people.parameter import only_for
from clerkbulk.people.pause import collection_paused
from clerkbulk.people.read import read
from clerkbulk.people.reading import judge_value, read_address
from clerkbulk.people.rules import (
    PRIVILEGED_ROLES,
    Finding,
    duplicate_address,
    find,
    foreign_column,
    misspelt_domain,
    privileged_role,
)
from clerkbulk.people.table import Cell, Table, as_typed

CHUNK = 2_000
"""Rows judged together."""


def check(
    people: Any,
    target: Target | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    defaults: Mapping[str, Any] | None = None,
    metadata: Sequence[str] = (),
) -> Checked:
    """Judge every row of a table for a target (default: the application); return invitations and issues.

    people is a Table or anything read() takes; columns of an earlier results sheet are left out of it. columns says
    which column feeds which parameter where the guess is wrong ({"email_address": "Work mail"}), defaults gives
    parameters that no cell gives, metadata names columns that become keys of the public metadata. Raises InputError
    when the table cannot be read or no column can hold addresses.
    """
    if isinstance(target, str):
        raise InputError(f"A target is an Organization: write cb.Organization({target!r}).")
    table = without_added(people if isinstance(people, Table) else read(people))
    mapping = map_columns(table, target or Application(), columns=columns, defaults=defaults, metadata=metadata)
    return check_table(table, mapping)


def check_table(table: Table, mapping: ColumnMapping) -> Checked:
    """Judge every row of a table whose columns are mapped already."""
    checker = Checker(table.columns, mapping)
    broken = broken_lines(table.issues)
    lines: list[int] = []
    items: list[dict[str, Any]] = []
    with collection_paused():
        for start in range(0, len(table.rows), CHUNK):
            part = table.rows[start : start + CHUNK]
            good, made = checker.take([row.line for row in part], [row.cells for row in part], broken)
            lines += good
            items += made
    checker.finish()
    return Checked(table, mapping, lines, items, [*table.issues, *checker.issues])


def broken_lines(issues: Iterable[Issue]) -> set[int]:
    """Return the lines that cannot be invitations whatever their cells say: something is wrong with them as lines."""
    return {issue.line for issue in issues if issue.severity is Severity.ERROR and issue.line is not None}


class Judged(NamedTuple):
    """A chunk of rows, each judged by itself, as if there were no other."""

    emails: list[str]
    """The address of each row, "" where there is none."""
    keys: list[str]
    """What the addresses are compared by."""
    domains: list[str]
    values: dict[str, list[Any]]
    """The parameters by wire name, a value a row; ABSENT where it is not given."""
    bad: set[int]
    """The positions of rows that cannot be invitations."""


class Checker:
    """Judges rows chunk by chunk; remembers what spans chunks: addresses seen, domains, privileged roles.

    issues grows with every chunk; finish() adds those that can be told only at the end.
    """

    def __init__(self, columns: Sequence[str], mapping: ColumnMapping) -> None:
        self.issues: list[Issue] = []
        self.rows = 0
        self._item = endpoint_for(mapping.target).item
        self._position = {name: columns.index(name) for name in columns}
        self._fillings = self._filled_by(mapping)
        (address,) = mapping.feeds_of("email_address")
        self._address_column, self._address = address.column, self._position[address.column]
        self._role_column = next((feed.column for feed in mapping.feeds_of("role")), None)
        self._last_line = -1
        self._first_line: dict[str, int] = {}
        self._domains: Counter[str] = Counter()
        self._of_rare_domains: dict[str, list[tuple[int, Cell, str]]] = defaultdict(list)
        self._privileged: dict[str, list[int]] = defaultdict(list)
        for column, parameter in mapping.foreign:
            found = find(foreign_column, Severity.WARNING, column, parameter, only_for(parameter), str(mapping.target))
            self._add(found, None, column, None)

    def take(
        self, lines: Sequence[int], records: Sequence[Sequence[Cell]], broken: Collection[int] = ()
    ) -> tuple[list[int], list[dict[str, Any]]]:
        """Judge a chunk; return the lines that are invitations and their items in wire form.

        broken are lines that cannot be invitations whatever their cells say. Raises InputError where the line numbers
        do not rise: they are what a row is known by.
        """
        if not records:
            return [], []
        self._expect_rising(lines)
        self.rows += len(records)
        emails, keys, domains, values, bad = self.judge(lines, records, broken)
        cells = [record[self._address] for record in records]
        self._count_domains(lines, cells, emails, domains)
        is_kept = self._once(lines, cells, emails, keys, bad)
        good = list(compress(lines, is_kept))
        values = {name: list(compress(column, is_kept)) for name, column in values.items()}
        self._remember_roles(values.get("role", []), good)
        return good, _items(values)

    def judge(self, lines: Sequence[int], records: Sequence[Sequence[Cell]], broken: Collection[int] = ()) -> Judged:
        """Judge each row of a chunk by itself; nothing is remembered but the issues.

        broken are lines that cannot be invitations whatever their cells say.
        """
        columns = list(zip(*records, strict=True))
        bad = {i for i, line in enumerate(lines) if line in broken} if broken else set()
        emails, keys, domains = self._addresses(lines, columns[self._address], bad)
        values: dict[str, list[Any]] = {"email_address": emails}
        for name, filling in self._fillings.items():
            values[name], found = filling.fill(columns, len(lines))
            for position, column, cell, findings in found:
                self._add(findings, lines[position], column, cell)
                if any(finding.severity is Severity.ERROR for finding in findings):
                    bad.add(position)
        return Judged(emails, keys, domains, values, bad)

    def finish(self) -> None:
        """Add what can be said only now that every row has been seen."""
        meant = misspelt_domains(self._domains)
        for domain in meant:
            for line, cell, email in self._of_rare_domains.get(domain, ()):
                self._add(find(misspelt_domain, Severity.WARNING, email, meant), line, self._address_column, cell)
        for role, lines in self._privileged.items():
            found = find(privileged_role, Severity.WARNING, role, lines, self.rows)
            self._add(found, lines[0], self._role_column, role)

    def _filled_by(self, mapping: ColumnMapping) -> dict[str, Filling]:
        """Choose how each parameter but the address is filled; parameters that nothing gives are left out."""
        defaults = {name: self._default(name, value) for name, value in mapping.defaults}
        fillings: dict[str, Filling] = {}
        for name in self._item.parameters():
            feeds = [(feed, self._position[feed.column]) for feed in mapping.feeds_of(name)]
            default = defaults.get(name, ABSENT)
            if name == "email_address":
                continue
            if len(feeds) == 1 and not feeds[0][0].path and not isinstance(default, dict):
                fillings[name] = OneColumn(*feeds[0], self._item, default)
            elif feeds:
                fillings[name] = SeveralColumns(feeds, self._item, default)
            elif default is not ABSENT or self._item.model_fields[name].is_required():
                fillings[name] = Constant(judge_value(name, default, self._item))
        return fillings

    def _default(self, parameter: str, value: Any) -> Any:
        """Judge a default once for all rows: it cannot be used, or what is doubtful is told about the whole table."""
        reading = judge_value(parameter, value, self._item)
        if reading.is_error:
            raise InputError(f"The default for {parameter} cannot be used: {reading.findings[0].message}")
        self._add(reading.findings, None, None, compact_json(value) if isinstance(value, dict) else value)
        return reading.value

    def _expect_rising(self, lines: Sequence[int]) -> None:
        if lines[0] > self._last_line and all(map(lt, lines, islice(lines, 1, None))):
            self._last_line = lines[-1]
            return
        before, after = next((a, b) for a, b in pairwise((self._last_line, *lines)) if a >= b)
        raise InputError(f"Line {after} comes after line {before}: number the rows of a table upwards, each once.")

    def _addresses(
        self, lines: Sequence[int], cells: Sequence[Cell], bad: set[int]
    ) -> tuple[list[str], list[str], list[str]]:
        """Return address, key and domain of each row, "" where there is none."""
        if set(map(type, cells)) == {str}:
            emails = list(map(str.lower, map(str.strip, cells)))
            odd = [i for i, plain in enumerate(map(is_plain, emails)) if plain is None]
        else:
            emails, odd = [""] * len(cells), list(range(len(cells)))
        domains = [email.rpartition("@")[2] for email in emails]
        reserved = {domain for domain in set(domains) if domain.rpartition(".")[2] in SPECIAL_USE}
        if reserved:
            odd = sorted({*odd, *(i for i, domain in enumerate(domains) if domain in reserved)})
        keys = list(emails)
        for i in odd:
            reading = read_address(cells[i])
            emails[i], keys[i] = reading.email, reading.key
            domains[i] = reading.email.rpartition("@")[2]
            self._add(reading.findings, lines[i], self._address_column, cells[i])
            if not reading.email:
                bad.add(i)
        return emails, keys, domains

    def _count_domains(
        self, lines: Sequence[int], cells: Sequence[Cell], emails: list[str], domains: list[str]
    ) -> None:
        """Count, and keep the rows of domains that are still rare: a misspelling is told with its line."""
        seen = Counter(domains)
        del seen[""]
        self._domains.update(seen)
        few = {domain for domain in seen if self._domains[domain] < OFTEN}
        for domain in seen.keys() - few:
            self._of_rare_domains.pop(domain, None)
        if few:
            for i, domain in enumerate(domains):
                if domain in few:
                    self._of_rare_domains[domain].append((lines[i], cells[i], emails[i]))

    def _once(
        self, lines: Sequence[int], cells: Sequence[Cell], emails: list[str], keys: list[str], bad: set[int]
    ) -> list[bool]:
        """Say of each position whether it is an invitation: its row is good and its address is new.

        A row with an error does not claim its address: a later good row of the same person is invited.
        """
        is_kept = [True] * len(lines)
        for i in bad:
            is_kept[i] = False
        kept, claims = list(compress(range(len(lines)), is_kept)), list(compress(lines, is_kept))
        first = list(map(self._first_line.setdefault, compress(keys, is_kept), claims))
        for i, line in compress(zip(kept, first, strict=True), map(ne, first, claims)):
            is_kept[i] = False
            found = find(duplicate_address, Severity.ERROR, emails[i], line)
            self._add(found, lines[i], self._address_column, cells[i])
        return is_kept

    def _remember_roles(self, roles: list[Any], lines: list[int]) -> None:
        for role in PRIVILEGED_ROLES & set(roles):
            self._privileged[role] += [line for line, given in zip(lines, roles, strict=True) if given == role]

    def _add(self, findings: Sequence[Finding], line: int | None, column: str | None, cell: Cell) -> None:
        for finding in findings:
            rule, severity, message, suggestion = finding
            self.issues.append(Issue(line, column, rule, severity, as_typed(cell), message, suggestion))


def _items(values: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    """Turn columns of values into items in wire form; what is ABSENT is left out."""
    items: list[dict[str, Any]] = [{} for _ in values["email_address"]]
    for name, column in values.items():
        for item, value in zip(items, column, strict=True):
            if value is not ABSENT:
                item[name] = value
    return items
