"""PeopleStep: a file, pasted text, or a frame; what was found in it is shown and can be corrected."""

from __future__ import annotations

from typing import Any, Final

from clerkbulk.errors import InputError
from clerkbulk.people.table import as_typed
from clerkbulk.widgets import nodes
from clerkbulk.widgets.draft import Draft
from clerkbulk.widgets.nodes import Node
from clerkbulk.widgets.part import Part
from clerkbulk.widgets.screen import Screen
from clerkbulk.widgets.upload import UploadedFile

ACCEPTED: Final = ".csv,.tsv,.txt,.xlsx,.xlsm,.xlsb,.xls,.ods,.parquet,.jsonl,.ndjson,.json"
_ENCODINGS: Final = ("utf-8", "cp1252", "latin-1", "utf-16", "mac-roman", "cp1250", "cp1251", "shift_jis", "gb18030")
_DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_LINES: Final = 5
_COLUMNS: Final = 8


class PeoplePart(Part):
    """Takes people into a draft, and shows how they were read."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        self.pasted = ""
        self.trouble: str | None = None

    def view(self) -> Node:
        """Return the ways in, and what was found."""
        return nodes.box(
            [
                nodes.text("Who is to be invited?", as_="h2"),
                nodes.box(
                    [
                        nodes.drop(
                            "file", "Drop a file here, or choose one", accept=ACCEPTED,
                            help_="CSV, TSV, Excel, OpenDocument, Parquet, JSON. Any size; it stays on this machine.",
                        ),
                        self._pasting(),
                    ],
                    as_="columns",
                ),
                nodes.notice(self.trouble, tone="error") if self.trouble else None,
                self._found(),
            ],
            as_="section",
            label="People",
        )  # fmt: skip

    def hear(self, name: str, value: Any) -> None:
        """Take a file, a text, or a correction of how it was read."""
        try:
            if name == "file" and isinstance(value, UploadedFile):
                self.draft.take(str(value.path))
            elif name == "pasted":
                self.pasted = str(value)
            elif name == "read":
                self.draft.take(self.pasted if "\n" in self.pasted else f"{self.pasted}\n")
            elif name in {"encoding", "delimiter", "sheet"}:
                self.draft.read_again(**{name: value or None})
            elif name == "header_line":
                self.draft.read_again(header_line=_line(value))
            self.trouble = None
        except InputError as error:
            self.trouble = str(error)
        self.show()

    def _found(self) -> Node | None:
        table = self.draft.table
        if table is None:
            return None
        source = table.source
        said = f"{len(table.rows):,} {'row' if len(table.rows) == 1 else 'rows'} in {source.name}"
        return nodes.box(
            [
                nodes.notice(f"{said}, {len(table.columns)} columns.", tone="ok"),
                *(nodes.text(note, tone="dim") for note in source.notes),
                self._corrections(),
                nodes.table("The first lines, as read", *self._lines()),
            ],
            as_="card",
        )

    def _pasting(self) -> Node:
        label = "Or paste addresses, or cells of a spreadsheet"
        button = nodes.button("read", "Read the pasted text", disabled=not self.pasted.strip())
        field = nodes.field("pasted", label, self.pasted, kind="textarea", rows=4)
        return nodes.box([field, nodes.box([button], as_="row")])

    def _corrections(self) -> Node | None:
        if self.draft.table is None:
            return None
        source = self.draft.table.source
        fields: list[Node] = []
        if source.encoding:
            known = [(one, one) for one in dict.fromkeys([source.encoding, *_ENCODINGS])]
            fields.append(nodes.field("encoding", "Encoding", source.encoding, kind="select", options=known))
        if source.delimiter:
            signs = {source.delimiter: source.delimiter, **_DELIMITERS}
            label = "Cells are separated by"
            fields.append(nodes.field("delimiter", label, source.delimiter, kind="select", options=list(signs.items())))
        if source.sheet:
            about = "The name of another sheet of the same file."
            fields.append(nodes.field("sheet", "Sheet", source.sheet, help_=about))
        if source.kind in {"csv", "xlsx"}:
            shown, label = str(source.header_line or 0), "Column names are in line"
            fields.append(nodes.field("header_line", label, shown, kind="number", help_="0: there are none."))
        return nodes.box(fields, as_="fields", label="How it was read") if fields else None

    def _lines(self) -> tuple[list[str], list[list[str]]]:
        table = self.draft.table
        if table is None:
            return [], []
        more = ["…"] if len(table.columns) > _COLUMNS else []
        head = ["line", *table.columns[:_COLUMNS], *more]
        rows = [
            [str(row.line), *(as_typed(cell) or "" for cell in row.cells[:_COLUMNS]), *more]
            for row in table.rows[:_LINES]
        ]
        return head, rows


class PeopleStep(Screen):
    """The first step by itself; ``draft`` is what the others go on with."""

    def __init__(self, draft: Draft | None = None) -> None:
        self.draft = draft or Draft()
        super().__init__(PeoplePart(self.draft))


def _line(value: Any) -> int | None:
    text = str(value).strip()
    if not text:
        return None
    if not text.isdigit():
        raise InputError(f"A line is a whole number, and this is {text!r}.")
    return int(text)
