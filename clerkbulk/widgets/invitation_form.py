"""InvitationForm: one invitation, a field for every documented parameter, and beside it what would be sent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

import traitlets

from clerkbulk.contract.endpoint import endpoint_for
from clerkbulk.contract.invitation import AnyInvitation
from clerkbulk.contract.json_schema import SchemaName, schema
from clerkbulk.contract.target import Application, Target
from clerkbulk.people.batch import Batch
from clerkbulk.people.cells import ABSENT
from clerkbulk.people.column_names import METADATA_PARAMETERS
from clerkbulk.people.issue import Severity
from clerkbulk.people.preview import Form, preview
from clerkbulk.people.reading import Reading, read_address, read_value
from clerkbulk.people.rules import Finding
from clerkbulk.widgets import nodes
from clerkbulk.widgets.labels import label_of
from clerkbulk.widgets.nodes import Node
from clerkbulk.widgets.part import Part
from clerkbulk.widgets.screen import Screen

FORMS: Final = (
    (Form.WIRE, "JSON", "json"), (Form.CURL, "curl", "shell"), (Form.JAVASCRIPT, "JavaScript", "javascript"),
    (Form.PYTHON, "Python", "python"),
)  # fmt: skip


class InvitationPart(Part):
    """The fields of one invitation as typed, what the checks say of each, and the invitation when there is one."""

    def __init__(self, target: Target) -> None:
        super().__init__()
        self.target = target
        self.item = endpoint_for(target).item
        self.typed: dict[str, Any] = {}
        self.form = Form.WIRE
        self.added: list[AnyInvitation] = []
        self._touched: set[str] = set()
        self._asked = False

    @property
    def value(self) -> AnyInvitation | None:
        """The invitation, or None while something is missing or wrong."""
        readings = self._readings()
        if any(reading.is_error for reading in readings.values()):
            return None
        given = {name: reading.value for name, reading in readings.items() if reading.value is not ABSENT}
        return self.item.model_validate(given)

    def view(self) -> Node:
        """Return the fields, and what would be sent."""
        readings = self._readings()
        fields = [self._field(name, readings[name]) for name in self.item.parameters()]
        return nodes.box(
            [
                nodes.text(f"One invitation to {self.target}", as_="h2"),
                nodes.box([nodes.box(fields, as_="fields", label="Parameters"), self._payload()], as_="columns"),
                nodes.box(
                    [
                        nodes.button("add", "Add to the list", tone="primary"),
                        nodes.button("clear", "Clear the form"),
                        nodes.text(_counted(len(self.added)), as_="span", tone="dim"),
                    ],
                    as_="row",
                ),
                self._list(),
            ],
            as_="section",
            label="Invitation form",
        )

    def hear(self, name: str, value: Any) -> None:
        """Take a field's text, or a button."""
        if name == "form":
            self.form = Form(value)
        elif name == "clear":
            self.typed, self._touched, self._asked = {}, set(), False
        elif name == "add":
            self._add()
        elif name == "remove":
            del self.added[int(value)]
        elif name in self.item.parameters():
            self.typed[name] = value
            self._touched.add(name)
        self.show()

    def _add(self) -> None:
        self._asked = True
        invitation = self.value
        if invitation is None:
            wrong = next(name for name, reading in self._readings().items() if reading.is_error)
            self.focus(wrong)
        elif invitation.key not in {one.key for one in self.added}:
            self.added.append(invitation)
            self.typed = {name: text for name, text in self.typed.items() if name != "email_address"}
            self._touched.discard("email_address")
            self._asked = False
            self.focus("email_address")

    def _readings(self) -> dict[str, Reading]:
        return {name: self._read(name) for name in self.item.parameters()}

    def _read(self, name: str) -> Reading:
        text = self.typed.get(name, "")
        if name == "email_address":
            address = read_address(text)
            if address.email and address.key in {one.key for one in self.added}:
                again = Finding("duplicate_address", Severity.ERROR, "This person is on the list already.")
                return Reading(ABSENT, (again,))
            return Reading(address.email or ABSENT, address.findings)
        return read_value(name, text, self.item)

    def _field(self, name: str, reading: Reading) -> Node:
        about = self.item.model_fields[name]
        shown = reading.findings if name in self._touched or self._asked else ()
        kind, options = _kind(name, about.annotation)
        return nodes.field(
            name,
            f"{label_of(name)}{' (required)' if about.is_required() else ''}",
            self.typed.get(name, ""),
            kind=kind,
            options=options,
            help_=about.description,
            placeholder=_placeholder(self.item.kind, name),
            error=_said(shown, Severity.ERROR),
            warning=_said(shown, Severity.WARNING),
            rows=3,
        )

    def _payload(self) -> Node:
        invitation = self.value
        if invitation is None:
            wrong = [name for name, reading in self._readings().items() if reading.is_error]
            named = ", ".join(label_of(name) for name in wrong)
            return nodes.box(
                [nodes.text("What would be sent", as_="h3"), nodes.text(f"Nothing yet: look at {named}.", tone="dim")],
                as_="card",
            )
        batch = Batch(self.target, (1,), (invitation.to_wire(),))
        words = (
            json.dumps(batch.body, ensure_ascii=False, indent=2)
            if self.form is Form.WIRE
            else preview([batch], self.form)
        )
        language = next(language for form, _, language in FORMS if form is self.form)
        return nodes.box(
            [
                nodes.text("What would be sent", as_="h3"),
                nodes.text(f"POST {batch.endpoint.path_for(self.target)}", as_="code"),
                nodes.choices(
                    "form",
                    "Written as",
                    self.form,
                    [(form.value, label, None, None) for form, label, _ in FORMS],
                    as_="tabs",
                ),
                nodes.code(words, language, label="What would be sent"),
            ],
            as_="card",
        )

    def _list(self) -> Node | None:
        if not self.added:
            return None
        rows = [
            nodes.box(
                [
                    nodes.text(one.email_address, as_="span"),
                    nodes.button("remove", "Remove", tone="small", value=at, title=f"Remove {one.email_address}"),
                ],
                as_="row",
            )
            for at, one in enumerate(self.added)
        ]
        return nodes.details(f"The list: {_counted(len(self.added))}", rows, is_open=True)


class InvitationForm(Screen):
    """One invitation as a form. ``value`` is the invitation, or None; observe it like any trait, it is never synced.

    ``invitations`` are those added to the list: ``cb.check(form.records(), target)`` makes them a table.
    """

    value = traitlets.Any(allow_none=True)

    def __init__(self, target: Target | None = None) -> None:
        part = InvitationPart(target or Application())
        super().__init__(part)
        self._part = part
        part.attach(self._changed, lambda _: None, lambda *_: None)

    @property
    def invitations(self) -> tuple[AnyInvitation, ...]:
        """The invitations added to the list, in order."""
        return tuple(self._part.added)

    def records(self) -> list[dict[str, Any]]:
        """Return the list as records, which ``cb.check`` takes."""
        return [one.to_wire() for one in self._part.added]

    def _changed(self) -> None:
        self.value = self._part.value


def _kind(name: str, annotation: Any) -> tuple[str, Sequence[tuple[str, str]] | None]:
    """Return how a parameter is typed in: made from the model, so that a new parameter appears by itself."""
    inner = _without_none(annotation)
    if name in METADATA_PARAMETERS:
        return "textarea", None
    if inner is bool:
        return "select", [("", "Clerk's default"), ("true", "yes"), ("false", "no")]
    if get_origin(inner) is Literal:
        return "select", [("", "Clerk's default"), *((str(one), str(one)) for one in get_args(inner))]
    if inner is int:
        return "number", None
    return "text", None


def _without_none(annotation: Any) -> Any:
    while get_origin(annotation) in (Union, UnionType):
        annotation = next(one for one in get_args(annotation) if one is not type(None))
    if hasattr(annotation, "__metadata__"):
        return _without_none(get_args(annotation)[0])
    return annotation


def _placeholder(kind: str, name: str) -> str | None:
    named = SchemaName.ORGANIZATION_ITEM if kind == "organization" else SchemaName.APPLICATION_ITEM
    pointer = schema(named)["properties"][name].get("$ref", "").rpartition("/")[2]
    about = schema(SchemaName.FIELDS)["$defs"].get(pointer, {})
    if "default" in about:
        return f"{json.dumps(about['default']).strip(chr(34))} (Clerk's default)"
    example = next(iter(about.get("examples", ())), None)
    return None if example is None else f"such as {example if isinstance(example, str) else json.dumps(example)}"


def _said(findings: Sequence[Finding], severity: Severity) -> str | None:
    said = [
        f"{one.message}{f' Did you mean {one.suggestion}?' if one.suggestion else ''}"
        for one in findings
        if one.severity is severity
    ]
    return " ".join(said) or None


def _counted(number: int) -> str:
    return f"{number} person on the list" if number == 1 else f"{number} people on the list"
