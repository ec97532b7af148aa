"""An OpenAPI document: read from a file, walked by its JSON pointers, its ``$ref``s followed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import unquote

from clerkbulk.errors import InputError

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
"""What a path may hold besides notes and shared parameters."""
LONGEST_TRAIL: Final = 50
"""How many ``$ref``s and ``allOf``s may lead from one to the next."""

Home = Callable[[str], Any]
"""Gives the document that a reference names before its ``#``; the empty name is the document itself."""


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a document, and where it stands: ``#/paths/~1invitations/get``."""

    value: Any = field(repr=False)
    pointer: str
    home: Home = field(repr=False)

    def mapping(self) -> dict[str, Place]:
        """Return the entries of an object; keys as text, since YAML reads 200 as a number. Raises InputError."""
        if not isinstance(self.value, Mapping):
            raise InputError(
                f"{self.pointer} in the OpenAPI document is {kind_of(self.value)}; an object belongs there."
            )
        return {str(key): self._inner(str(key), value) for key, value in self.value.items()}

    def entries(self) -> list[Place]:
        """Return the entries of a list. Raises InputError."""
        if not isinstance(self.value, list):
            raise InputError(f"{self.pointer} in the OpenAPI document is {kind_of(self.value)}; a list belongs there.")
        return [self._inner(str(index), value) for index, value in enumerate(self.value)]

    def get(self, *keys: str) -> Place | None:
        """Return what stands below, references followed on the way, or None. Raises InputError."""
        found = self.resolved()
        for key in keys:
            inner = found.mapping().get(key)
            if inner is None:
                return None
            found = inner.resolved()
        return found

    def resolved(self) -> Place:
        """Return what a chain of ``$ref``s leads to. Raises InputError when it leads nowhere or in a circle."""
        found, passed = self, 0
        while isinstance(found.value, Mapping) and (reference := found.value.get("$ref")) is not None:
            if (passed := passed + 1) > LONGEST_TRAIL:
                raise InputError(f"The $ref at {self.pointer} in the OpenAPI document leads in a circle.")
            found = found.referred(reference)
        return found

    def referred(self, reference: Any) -> Place:
        """Return what one reference names. Raises InputError."""
        if not isinstance(reference, str):
            raise InputError(f"The $ref at {self.pointer} in the OpenAPI document is {kind_of(reference)}, not a text.")
        name, _, steps = reference.partition("#")
        name = name or self.pointer.partition("#")[0]
        found = Place(self.home(name), f"{name}#", self.home)
        for step in filter(None, steps.split("/")):
            key = unquote(step).replace("~1", "/").replace("~0", "~")
            entries = found.mapping() if isinstance(found.value, Mapping) else {}
            if key not in entries:
                raise InputError(
                    f"The $ref at {self.pointer} in the OpenAPI document names {reference}, and that is not there. "
                    "A file that was cut must keep what its parts refer to."
                )
            found = entries[key]
        return found

    def _inner(self, key: str, value: Any) -> Place:
        return Place(value, f"{self.pointer}/{escaped(key)}", self.home)


@dataclass(frozen=True, slots=True)
class Spec:
    """An OpenAPI 3 document whose operations can be looked up. of() checks that it is one."""

    root: Place

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Return the document, ready to be walked. Raises InputError when it is no OpenAPI 3 document."""

        def home(name: str) -> Any:
            if name:
                raise InputError(
                    f"The document refers to another file, {name}: hand over the one that holds everything."
                )
            return document

        if not isinstance(document, Mapping):
            raise InputError(f"An OpenAPI document is an object, and this is {kind_of(document)}.")
        version = document.get("openapi")
        if not isinstance(version, str) or not version.startswith("3."):
            said = f"openapi: {shown(version)}" if "openapi" in document else "no line openapi: 3..."
            raise InputError(
                f"This is no OpenAPI 3 document: it has {said}. Clerk's are in github.com/clerk/openapi-specs, "
                "folder bapi."
            )
        root = Place(document, "#", home)
        if root.get("paths") is None:
            raise InputError("This OpenAPI document has no paths, so there is no call to compare.")
        return cls(root)

    def operations(self) -> dict[tuple[str, str], Place]:
        """Return each operation by method (upper case) and path (as the document writes it). Raises InputError."""
        paths = self.root.get("paths")
        found = {}
        for path, described in (paths.mapping() if paths else {}).items():
            for method, operation in described.resolved().mapping().items():
                if method in METHODS:
                    found[method.upper(), path] = operation.resolved()
        return found

    def path_item(self, path: str) -> Place | None:
        """Return what a path's operations share. Raises InputError."""
        return self.root.get("paths", path)


def read_spec(path: str | Path) -> dict[str, Any]:
    """Return the document in a file, JSON or YAML. Raises InputError: file, YAML reader or OpenAPI missing."""
    path = Path(path)
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"There is no file {path}. Clerk's documents: github.com/clerk/openapi-specs, bapi.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from None
    try:
        document = json.loads(text) if text.lstrip().startswith("{") else _yaml(text, path)
    except json.JSONDecodeError as error:
        raise InputError(f"{path} is no JSON: line {error.lineno}, {error.msg}.") from None
    except RecursionError:
        raise InputError(f"{path} is nested too deeply to be an OpenAPI document.") from None
    if not isinstance(document, dict):
        raise InputError(f"{path} is no OpenAPI document: it holds {kind_of(document)}, and an object is wanted.")
    Spec.of(document)
    return document


def _yaml(text: str, path: Path) -> Any:
    try:
        import yaml
    except ImportError:
        raise InputError(
            f"{path} is YAML, and PyYAML, which reads it, is not installed: pip install 'clerkbulk[contract]', or hand "
            "over the document as JSON."
        ) from None
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: what looks like a date and is none
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}, " if mark else ""
        raise InputError(f"{path} is no YAML: {line}{getattr(error, 'problem', None) or error}.") from None


def escaped(key: str) -> str:
    """Return a key as a JSON pointer has it."""
    return key.replace("~", "~0").replace("/", "~1")


def shown(value: Any) -> str:
    """Return a value as a sentence shows it; two values of different types never look alike."""
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, Mapping | list):
        return kind_of(value)
    return str(value)


def kind_of(value: Any) -> str:
    """Return what a value is, for a sentence that says what should stand there."""
    match value:
        case None:
            return "empty"
        case bool():
            return "true or false"
        case str():
            return "a text"
        case Mapping():
            return "an object"
        case list():
            return "a list"
    return "a number" if isinstance(value, int | float) else "no JSON value"
