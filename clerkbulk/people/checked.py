"""Checked: what became of a table, the invitations of its good rows and the issues of the others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Literal, overload

from clerkbulk.contract.endpoint import endpoint_for
from clerkbulk.contract.invitation import AnyInvitation
from clerkbulk.contract.target import Target
from clerkbulk.people.cells import KINDS, Kind
from clerkbulk.people.issue import Issue, Issues
from clerkbulk.people.mapping import Mapping
from clerkbulk.people.table import Table


class Invitations(Sequence[AnyInvitation]):
    """The invitations of the good rows, in the order of the table; made when looked at.

    A million of them take no more memory than their plain items do.
    """

    def __init__(self, target: Target, items: Sequence[dict[str, Any]]) -> None:
        self._model = endpoint_for(target).item
        self._items = items

    @overload
    def __getitem__(self, index: int) -> AnyInvitation: ...
    @overload
    def __getitem__(self, index: slice) -> list[AnyInvitation]: ...
    def __getitem__(self, index: int | slice) -> AnyInvitation | list[AnyInvitation]:
        if isinstance(index, slice):
            return [self._model.model_validate(item) for item in self._items[index]]
        return self._model.model_validate(self._items[index])

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[AnyInvitation]:
        return (self._model.model_validate(item) for item in self._items)

    def __repr__(self) -> str:
        return f"<Invitations: {len(self)} for the {self._model.kind}>"


class Checked:
    """A table after its check.

    rows = invitations + invalid, always: a row either is an invitation or has an issue of severity error that says why
    not.
    """

    def __init__(
        self,
        table: Table,
        mapping: Mapping,
        lines: Sequence[int],
        items: Sequence[dict[str, Any]],
        issues: Sequence[Issue],
    ) -> None:
        self.table = table
        self.mapping = mapping
        self.lines = tuple(lines)
        """The line of each invitation."""
        self.items = tuple(items)
        """The invitations in wire form: what to_wire() of each gives."""
        self.issues = Issues(issues)
        self.invitations = Invitations(mapping.target, self.items)

    @property
    def target(self) -> Target:
        """Where the invitations go."""
        return self.mapping.target

    @property
    def rows(self) -> int:
        """How many rows the table has."""
        return len(self.table)

    @property
    def invalid(self) -> tuple[int, ...]:
        """The lines that are no invitations."""
        good = set(self.lines)
        return tuple(row.line for row in self.table.rows if row.line not in good)

    @property
    def ok(self) -> bool:
        """Whether nothing has to be looked at: no errors and no warnings."""
        return not self.issues.errors and not self.issues.warnings

    def to_json(self) -> dict[str, Any]:
        """Return what ``clerkbulk check --format json`` prints."""
        return {
            "rows": self.rows,
            "invitations": len(self.invitations),
            "mapping": self.mapping.to_json(),
            "issues": [issue.to_json() for issue in self.issues],
        }

    def to_frame(self, library: Literal["pandas", "polars"] = "pandas") -> Any:
        """Return a frame with the line and the wire parameters of each invitation; metadata as text, in compact JSON.

        Only parameters that somebody has are columns; where one is not given, the frame's own missing value stands.
        Raises ImportError without the library.
        """
        given = {name for item in self.items for name in item}
        columns: dict[str, list[Any]] = {"line": list(self.lines)}
        types = {"line": Kind.INTEGER}
        for name in endpoint_for(self.target).item.parameters():
            if name in given:
                kind = types[name] = KINDS[name]
                values = [item.get(name) for item in self.items]
                columns[name] = [_as_text(value) for value in values] if kind is Kind.OBJECT else values
        if library == "polars":
            import polars

            dtypes = {Kind.INTEGER: polars.Int64, Kind.BOOLEAN: polars.Boolean}
            schema = {name: dtypes.get(kind, polars.String) for name, kind in types.items()}
            return polars.DataFrame(columns, schema=schema)
        import pandas as pd

        names = {Kind.INTEGER: "Int64", Kind.BOOLEAN: "boolean"}
        return pd.DataFrame(columns).astype({name: names[kind] for name, kind in types.items() if kind in names})

    def __repr__(self) -> str:
        return f"<Checked: {self.rows} rows, {len(self.invitations)} invitations to {self.target}, {self.issues!r}>"

    def _repr_html_(self) -> str:
        from clerkbulk.people.showing import checked_html

        return checked_html(self)


def _as_text(metadata: dict[str, Any] | None) -> str | None:
    return None if metadata is None else json.dumps(metadata, ensure_ascii=False, separators=(",", ":"))
