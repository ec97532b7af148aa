"""ColumnsStep: which column feeds which parameter, the defaults, what becomes metadata, and where it all goes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from clerkbulk.contract.endpoint import endpoint_for
from clerkbulk.errors import InputError
from clerkbulk.people.column_names import METADATA_PARAMETERS, Confidence
from clerkbulk.people.job_file import load
from clerkbulk.widgets import nodes
from clerkbulk.widgets.access import Access
from clerkbulk.widgets.draft import Draft
from clerkbulk.widgets.errands import Errands
from clerkbulk.widgets.labels import label_of
from clerkbulk.widgets.nodes import Node
from clerkbulk.widgets.organization_field import OrganizationField
from clerkbulk.widgets.part import Part
from clerkbulk.widgets.screen import Screen
from clerkbulk.widgets.upload import UploadedFile

GUESS: Final = "\x00guess"
"""What a dropdown holds while the choice is left to the guess: no column can be called so."""
_SURE: Final = {
    Confidence.GIVEN: "as you said",
    Confidence.EXACT: "the column has the parameter's own name",
    Confidence.SYNONYM: "guessed from the column's name",
    Confidence.TYPO: "guessed: nearly a known name, please look",
    Confidence.CONTENT: "guessed from what the cells hold, please look",
}


class ColumnsPart(Part):
    """Shows where a draft goes and its mapping, and takes corrections.

    access finds organizations in Clerk; without one their ids are typed. used are those that were invited to before.
    """

    def __init__(self, draft: Draft, access: Access | None = None, used: Sequence[str] = ()) -> None:
        super().__init__()
        self.draft = draft
        self.errands = Errands()
        self.where_to = OrganizationField(draft, access or Access(), self.errands, used)
        self.trouble: dict[str, str] = {}

    def view(self) -> Node:
        """Return where it goes, and every parameter with what feeds it."""
        if self.draft.table is None:
            return nodes.notice("There are no people yet: go to the first step.", tone="info")
        return nodes.box(
            [
                nodes.text("What is in the columns?", as_="h2"),
                self.where_to.view(),
                nodes.notice(self.draft.trouble, tone="error") if self.draft.trouble else None,
                nodes.box(
                    [self._parameter(name) for name in self._parameters()],
                    as_="fields",
                    label="Parameters and their columns",
                ),
                self._metadata(),
                *(nodes.text(note, tone="dim") for note in self._notes()),
                self._job_file(),
                *self.errands.pulse(),
            ],
            as_="section",
            label="Columns",
        )

    def hear(self, name: str, value: Any) -> None:
        """Take a target, a column, a default, a column of metadata, or a job file."""
        self.errands.settle()
        kind, _, what = name.partition(":")
        self.trouble.pop(name, None)
        try:
            if self.where_to.hear(name, value):
                pass
            elif kind == "column":
                self.draft.feed(what, None if value == GUESS else str(value))
            elif kind == "default":
                self.draft.default(what, str(value))
            elif kind == "metadata":
                self.draft.keep_as_metadata(what, kept=bool(value))
            elif name == "save":
                self.download("job.toml", self.draft.job_file().dump().encode(), "application/toml")
            elif name == "load" and isinstance(value, UploadedFile):
                self.draft.load(load(Path(value.path)))
                self.where_to.follow()
        except InputError as error:
            self.trouble[name] = str(error)
        self.show()

    def _parameters(self) -> tuple[str, ...]:
        fields = endpoint_for(self.draft.target).item.model_fields
        return tuple(sorted(fields, key=lambda name: not fields[name].is_required()))

    def _parameter(self, name: str) -> Node:
        mapping, table = self.draft.mapping, self.draft.table
        feeds = [feed for feed in mapping.feeds_of(name) if not feed.path] if mapping else []
        about = endpoint_for(self.draft.target).item.model_fields[name]
        columns = dict.fromkeys(table.columns) if table else {}
        guessed = feeds[0].column if feeds and name not in self.draft.columns else None
        options = [
            (GUESS, f"{guessed} (guessed)" if guessed else "nothing found"),
            *((column, column) for column in columns),
            *([] if name == "email_address" else [("", "no column")]),
        ]
        sure = _SURE[feeds[0].confidence] if feeds else "no column feeds it"
        about_it = f"{sure[0].upper()}{sure[1:]}. {about.description or ''}"
        required = " (required)" if about.is_required() else ""
        parts = [
            nodes.field(
                f"column:{name}", f"{label_of(name)}{required}", self.draft.columns.get(name, GUESS), kind="select",
                options=options, help_=about_it, error=self.trouble.get(f"column:{name}"),
            )
        ]  # fmt: skip
        if name != "email_address":
            parts.append(
                nodes.field(
                    f"default:{name}", f"{label_of(name)}, if empty",
                    str(self.draft.defaults.get(name, "")), error=self.trouble.get(f"default:{name}"),
                )
            )  # fmt: skip
        return nodes.box(parts, key=name)

    def _metadata(self) -> Node | None:
        mapping = self.draft.mapping
        if mapping is None:
            return None
        kept = self.draft.metadata_columns()
        free = dict.fromkeys((*kept, *mapping.unused))
        whole = {feed.column for feed in mapping.feeds if feed.parameter in METADATA_PARAMETERS and not feed.path}
        boxes = [
            nodes.field(
                f"metadata:{column}",
                column,
                column in kept,
                kind="checkbox",
                error=self.trouble.get(f"metadata:{column}"),
            )
            for column in free
            if column and column not in whole
        ]
        if not boxes:
            return None
        return nodes.box(boxes, as_="fields", label="Columns to keep as public metadata")

    def _notes(self) -> list[str]:
        mapping = self.draft.mapping
        if mapping is None:
            return []
        # Which column was chosen, and how surely, stands beside each parameter.
        said = {f"Column `{feed.column}` feeds {feed.parameter} ({feed.confidence})." for feed in mapping.feeds}
        return [note for note in mapping.notes if note not in said]

    def _job_file(self) -> Node:
        return nodes.details(
            "Save these choices, or load saved ones",
            [
                nodes.box([nodes.button("save", "Save as job.toml", disabled=self.draft.mapping is None)], as_="row"),
                nodes.drop("load", "Load a job file", accept=".toml"),
                *([nodes.notice(self.trouble["load"], tone="error")] if "load" in self.trouble else []),
            ],
        )


class ColumnsStep(Screen):
    """The second step by itself, for a draft that has people."""

    def __init__(self, draft: Draft, access: Access | None = None) -> None:
        self.draft = draft
        super().__init__(ColumnsPart(draft, access))
