"""The JSON Schemas of ``schemas/`` and what holds a document to them, with the very rules the item models use.

JSON Schema cannot say everything, and Python's jsonschema does not check all it can say. Here it does:

- formats whose names begin with ``clerkbulk-`` call the functions of address.py, redirect_url.py and metadata.py;
- ``$`` in a pattern is the end of the text, as JSON Schema means it, and not also the place before a last line end;
- 1.0 is no integer, and a text with half a character (a lone surrogate) is no string, because no body can carry it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from clerkbulk.contract.address import normal_form
from clerkbulk.contract.endpoint import Lane
from clerkbulk.contract.metadata import sendable_metadata
from clerkbulk.contract.redirect_url import doubt_about_redirect_url
from clerkbulk.contract.target import Organization, Target
from clerkbulk.errors import InputError

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator


URN: Final = "urn:clerkbulk:schema:"
"""What stands before a schema's name in its ``$id``."""
_EXPLAINING: Final = {"$schema", "$id", "$ref", "$defs", "title", "description", "default", "examples"}


class SchemaName(StrEnum):
    """The schemas by file name without ``.json``.

    ``.params`` are parameters as documented (camelCase), ``.wire`` is what we send, ``.reply`` what Clerk answers.
    """

    FIELDS = "fields"
    """What the others refer to; describes no document of its own."""
    APPLICATION_PARAMS = "application-invitation.params"
    APPLICATION_PARAMS_LIST = "application-invitations.params"
    APPLICATION_ITEM = "application-invitation.wire"
    APPLICATION_BODY = "application-invitations.wire"
    APPLICATION_REPLY_ITEM = "application-invitation.reply"
    APPLICATION_REPLY = "application-invitations.reply"
    ORGANIZATION_PARAMS = "organization-invitation.params"
    ORGANIZATION_PARAMS_LIST = "organization-invitations.params"
    ORGANIZATION_ITEM = "organization-invitation.wire"
    ORGANIZATION_BODY = "organization-invitations.wire"
    ORGANIZATION_REPLY_ITEM = "organization-invitation.reply"
    ORGANIZATION_REPLY = "organization-invitations.reply"
    ERRORS = "errors.reply"


def schema(name: SchemaName | str) -> dict[str, Any]:
    """Return a schema as JSON has it; the dictionary is the caller's own. Raises InputError for an unknown name."""
    if name not in tuple(SchemaName):
        raise InputError(f"There is no schema {name!r}. There are: {', '.join(SchemaName)}.")
    loaded: dict[str, Any] = json.loads(_text(SchemaName(name)))
    return loaded


def body_schema(target: Target, lane: Lane = Lane.BULK) -> SchemaName:
    """Return the schema of the body that invites to target: a list in the bulk lane, one item in the single lane."""
    if isinstance(target, Organization):
        return SchemaName.ORGANIZATION_BODY if lane is Lane.BULK else SchemaName.ORGANIZATION_ITEM
    return SchemaName.APPLICATION_BODY if lane is Lane.BULK else SchemaName.APPLICATION_ITEM


def reply_schema(target: Target, lane: Lane = Lane.BULK) -> SchemaName:
    """Return the schema of the answer to a call that created invitations."""
    if isinstance(target, Organization):
        return SchemaName.ORGANIZATION_REPLY if lane is Lane.BULK else SchemaName.ORGANIZATION_REPLY_ITEM
    return SchemaName.APPLICATION_REPLY if lane is Lane.BULK else SchemaName.APPLICATION_REPLY_ITEM


def faults(name: SchemaName, document: Any) -> tuple[str, ...]:
    """Return what is wrong with document, a sentence each with its place ("[2].role: is missing"); empty: nothing.

    A sentence shows at most a short text or number of the document, never an object or a list out of it.
    """
    by_place: dict[str, list[ValidationError]] = {}
    for error in validator(name).iter_errors(document):
        by_place.setdefault(_place(error.absolute_path), []).append(error)
    sentences = (
        sentence
        for place, errors in by_place.items()
        for error in _telling(errors)
        for sentence in _sentences(place, error)
    )
    return tuple(dict.fromkeys(sentences))


def body_faults(target: Target, body: Any, lane: Lane = Lane.BULK) -> tuple[str, ...]:
    """Return what is wrong with a body that is about to be sent to target; see faults()."""
    return faults(body_schema(target, lane), body)


@cache
def validator(name: SchemaName) -> Validator:
    """Return the validator of a schema, with our formats; made once."""
    from jsonschema import FormatChecker

    checker = FormatChecker(formats=())
    for format_name, check in _FORMATS.items():
        checker.checks(format_name, raises=ValueError)(check)
    whole = schema(name)
    made: Validator = _validator_class()(_flat(whole, whole), format_checker=checker)
    return made


@cache
def _validator_class() -> type[Validator]:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    types = Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "integer": lambda _, value: isinstance(value, int) and not isinstance(value, bool),
            "string": lambda _, value: isinstance(value, str) and _is_whole(value),
        }
    )
    made: type[Validator] = extend(Draft202012Validator, {"pattern": _pattern}, type_checker=types)  # type: ignore[no-untyped-call]
    return made


def _flat(part: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """Put what is referred to in place of each $ref, and leave out what only explains.

    Three times as fast as following references; and jsonschema would change over to its own class, which knows nothing
    of ours, wherever a referred schema names its $schema.
    """
    flat: dict[str, Any] = {}
    if reference := part.get("$ref"):
        urn, _, pointer = reference.partition("#")
        home = schema(SchemaName(urn.removeprefix(URN))) if urn else whole
        found = home
        for step in filter(None, pointer.split("/")):
            found = found[step]
        flat = _flat(found, home)
    for keyword, value in part.items():
        if keyword == "properties":
            flat[keyword] = {name: _flat(inner, whole) for name, inner in value.items()}
        elif keyword == "items":
            flat[keyword] = _flat(value, whole)
        elif keyword not in _EXPLAINING:
            flat[keyword] = value
    return flat


@cache
def _text(name: SchemaName) -> str:
    return (_folder() / f"{name}.json").read_text("utf-8")


@cache
def _folder() -> Traversable:
    """The schemas lie inside the installed package; in a checkout they lie beside it."""
    installed = resources.files("clerkbulk") / "schemas"
    return installed if installed.is_dir() else Path(__file__).resolve().parents[2] / "schemas"


# Formats: each raises a ValueError whose message is the sentence, and lets other JSON types pass as formats do.


def _check_address(value: Any) -> bool:
    if isinstance(value, str):
        email = normal_form(value)
        if any(edge == " " or not edge.isprintable() for edge in (value[0], value[-1])):
            raise ValueError(f"there is a space or something invisible around {email}")
    return True


def _check_address_as_sent(value: Any) -> bool:
    if isinstance(value, str) and (email := normal_form(value)) != value:
        raise ValueError(f"it is sent as {email}")
    return True


def _check_redirect_url(value: Any) -> bool:
    if isinstance(value, str):
        doubt_about_redirect_url(value)
    return True


def _check_metadata(value: Any) -> bool:
    if isinstance(value, dict):
        sendable_metadata(value)
    return True


_FORMATS: Final[dict[str, Callable[[Any], bool]]] = {
    "clerkbulk-address": _check_address,
    "clerkbulk-address-as-sent": _check_address_as_sent,
    "clerkbulk-redirect-url": _check_redirect_url,
    "clerkbulk-metadata": _check_metadata,
}


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _pattern(validator: Validator, pattern: str, instance: Any, _: Any) -> Iterator[ValidationError]:
    from jsonschema.exceptions import ValidationError

    if validator.is_type(instance, "string") and not re.search(re.sub(r"\$\Z", r"\\Z", pattern), instance):
        yield ValidationError(f"does not match {pattern}")


# Sentences.

_WORDS: Final = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def _telling(errors: list[ValidationError]) -> list[ValidationError]:
    """Leave out what only repeats: a wrong type says all, and a format more than the pattern and lengths beside it."""
    kinds = {error.validator for error in errors}
    if "type" in kinds:
        return [error for error in errors if error.validator == "type"]
    silent = {"pattern", "minLength", "maxLength"} if "format" in kinds else set()
    return [error for error in errors if error.validator not in silent]


def _place(path: Any) -> str:
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{_brief(step)}" for step in path)
    return place.removeprefix(".")


def _sentences(place: str, error: ValidationError) -> Iterator[str]:
    head = f"{place}: " if place else ""
    given: Any = error.instance
    wanted: Any = error.validator_value
    match error.validator:
        case "required":
            for name in (name for name in wanted if name not in given):
                yield f"{place}.{name}: is missing".removeprefix(".")
        case "additionalProperties":
            known: Any = error.schema
            for name in (name for name in given if name not in known["properties"]):
                yield f"{place}.{_brief(name)}: is unknown; there are {', '.join(known['properties'])}".removeprefix(
                    "."
                )
        case "type":
            names = [wanted] if isinstance(wanted, str) else wanted
            if isinstance(given, str) and "string" in names:
                yield f"{head}{_shown(given)} holds half a character (a lone surrogate), which no JSON text can carry"
                return
            yield f"{head}is {_shown(given)}, and {' or '.join(_WORDS[name] for name in names)} is wanted"
        case "enum" | "const":
            allowed = wanted if error.validator == "enum" else [wanted]
            yield f"{head}is {_shown(given)}, and only {' or '.join(map(_shown, allowed))} is allowed"
        case "minimum" | "maximum":
            bound = "least" if error.validator == "minimum" else "most"
            yield f"{head}is {_shown(given)}, and the {bound} is {wanted}"
        case "minItems" | "maxItems" | "minLength" | "maxLength":
            what = "items" if error.validator.endswith("Items") else "characters"
            few = error.validator.startswith("min")
            limit = f"at least {wanted} must be there" if few else f"no more than {wanted} are allowed"
            yield f"{head}there are {len(given)} {what}, and {limit}"
        case "format":
            yield f"{head}{_shown(given)} cannot be sent: {error.cause}"
        case "pattern":
            yield f"{head}is {_shown(given)}, which has not the form {wanted}"
        case other:
            yield f"{head}does not hold to {other}"


def _shown(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, str):
        return f"'{_brief(value)}'"
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and value.bit_length() > 128:
        return "a very large number"
    return _brief(repr(value))


def _brief(text: str) -> str:
    text = text if text.isprintable() else ascii(text)[1:-1]
    return text if len(text) <= 60 else f"{text[:57]}..."
