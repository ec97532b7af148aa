"""Draft: what the steps of one bulk invitation share: the table, how it is read and mapped, and what was edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from clerkbulk.contract.target import Application, Target
from clerkbulk.errors import InputError
from clerkbulk.people.added import without_added
from clerkbulk.people.check import Checker, check_table
from clerkbulk.people.checked import Checked
from clerkbulk.people.column_names import METADATA_PARAMETERS, PARAMETERS
from clerkbulk.people.job_file import JobFile, ReadOptions
from clerkbulk.people.mapping import Mapping as ColumnMapping
from clerkbulk.people.mapping import map_columns
from clerkbulk.people.read import read
from clerkbulk.people.revising import Revision
from clerkbulk.people.table import Table


class Draft:
    """One table on its way to being sent. Every change is tried first: what cannot be keeps the state as it was.

    Methods raise InputError with a sentence for people.
    """

    def __init__(self, target: Target | None = None) -> None:
        self.target: Target = target or Application()
        self.table: Table | None = None
        self.read_as = ReadOptions()
        self.columns: dict[str, str] = {}
        """Parameter and column where the user said so; an empty column forbids a guess."""
        self.defaults: dict[str, Any] = {}
        self.metadata: tuple[str, ...] = ()
        self.mapping: ColumnMapping | None = None
        self.trouble: str | None = None
        """Why there is no mapping, as a sentence."""
        self.buckets: dict[str, frozenset[int]] = {}
        """What a preflight found: the lines in each bucket, by the bucket's name."""
        self._people: Any = None
        self._revision: Revision | None = None

    # The people.

    def take(self, people: Any, read_as: ReadOptions | None = None) -> None:
        """Read people from a path, text, frame or records; what was said about an earlier table is forgotten."""
        read_as = read_as or ReadOptions()
        table = _read(people, read_as)
        self._people, self.table, self.read_as = people, table, read_as
        self.columns, self.metadata = {}, ()
        self._map()

    def read_again(self, **changes: Any) -> None:
        """Read the same source in another way: encoding, delimiter, sheet, header_line."""
        if self._people is None:
            raise InputError("There is nothing to read yet.")
        read_as = replace(self.read_as, **changes)
        self.table, self.read_as = _read(self._people, read_as), read_as
        self._map()

    # The columns.

    def aim(self, target: Target) -> None:
        """Send to another target: parameters that it does not have are let go."""
        allowed = PARAMETERS[target.kind]
        self.target = target
        self.columns = {name: column for name, column in self.columns.items() if name.partition(".")[0] in allowed}
        self.defaults = {name: value for name, value in self.defaults.items() if name in allowed}
        self._map()

    def feed(self, parameter: str, column: str | None) -> None:
        """Say which column feeds a parameter: "" for none, None to leave it to the guess."""
        columns = {name: given for name, given in self.columns.items() if name != parameter}
        if column is not None:
            columns[parameter] = column
        self._try(columns=columns)

    def default(self, parameter: str, text: str) -> None:
        """Give a parameter a value for rows whose cell is empty; an empty text takes it away."""
        defaults = {name: value for name, value in self.defaults.items() if name != parameter}
        if text.strip():
            defaults[parameter] = text
        self._try(defaults=defaults)

    def decide(
        self,
        *,
        columns: Mapping[str, str] | None = None,
        defaults: Mapping[str, Any] | None = None,
        metadata: Sequence[str] = (),
    ) -> None:
        """Say all of it at once, as ``cb.check`` takes it."""
        self._try(columns=dict(columns or {}), defaults=dict(defaults or {}), metadata=tuple(metadata))

    def keep_as_metadata(self, column: str, *, kept: bool) -> None:
        """Let a column become a key of the public metadata, or not."""
        rest = tuple(name for name in self.metadata if name != column)
        self._try(metadata=(*rest, column) if kept else rest)

    def load(self, job_file: JobFile) -> None:
        """Take over what a job file says; its reading options too, where there is a table."""
        before = (self.target, self.columns, self.defaults, self.metadata)
        self.target, self.columns = job_file.target, dict(job_file.columns)
        self.defaults, self.metadata = dict(job_file.defaults), job_file.metadata
        try:
            if self._people is not None and job_file.read != ReadOptions():
                self.table, self.read_as = _read(self._people, job_file.read), job_file.read
            self._map(strict=True)
        except InputError:
            self.target, self.columns, self.defaults, self.metadata = before
            self._map()
            raise

    def job_file(self) -> JobFile:
        """Return what was decided as a job file, every guess written down."""
        if self.mapping is None:
            raise InputError("There is no mapping to save yet.")
        return JobFile.of(self.mapping, self.read_as)

    def metadata_columns(self) -> tuple[str, ...]:
        """Return the columns that become keys of metadata now."""
        feeds = self.mapping.feeds if self.mapping else ()
        return tuple(feed.column for feed in feeds if feed.parameter in METADATA_PARAMETERS and feed.path)

    # What comes of it.

    @property
    def revision(self) -> Revision:
        """The checked table, to be edited. Raises InputError without a table or a mapping."""
        if self._revision is None:
            if self.table is None:
                raise InputError("There are no people yet: drop a file, or paste addresses.")
            if self.mapping is None:
                raise InputError(self.trouble or "The columns are not mapped yet.")
            self._revision = Revision(self.table, self.mapping)
        return self._revision

    @property
    def is_revised(self) -> bool:
        """Whether cells were edited or rows left out: another mapping forgets that."""
        return self._revision is not None and self._revision.can_undo

    def checked(self) -> Checked:
        """Return the table as it would be sent, edits and exclusions done."""
        if self._revision is not None:
            return self._revision.checked()
        if self.table is None or self.mapping is None:
            return self.revision.checked()
        return check_table(self.table, self.mapping)

    def _try(self, **changes: Any) -> None:
        before = {name: getattr(self, name) for name in changes}
        for name, value in changes.items():
            setattr(self, name, value)
        try:
            self._map(strict=True)
        except InputError:
            for name, value in before.items():
                setattr(self, name, value)
            self._map()
            raise

    def _map(self, *, strict: bool = False) -> None:
        self._revision, self.buckets = None, {}
        if self.table is None:
            return
        given: Mapping[str, str] = self.columns
        try:
            self.mapping = map_columns(
                self.table, self.target, columns=given, defaults=self.defaults, metadata=self.metadata
            )
            Checker(self.table.columns, self.mapping)  # judges the defaults, which are the same for all rows
            self.trouble = None
        except InputError as error:
            if strict:
                raise
            self.mapping, self.trouble = None, str(error)


def _read(people: Any, read_as: ReadOptions) -> Table:
    table = read(
        people,
        encoding=read_as.encoding,
        delimiter=read_as.delimiter,
        sheet=read_as.sheet,
        header_line=read_as.header_line,
    )
    # What an earlier results sheet of ours has added is no column of people.
    return without_added(table)
