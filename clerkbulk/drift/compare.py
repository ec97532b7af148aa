"""Drift: Clerk's OpenAPI document beside what we believe, call by call; what we know to differ is told apart.

Ours is taken from the code itself (believed.py): endpoints, limits, schemas and error codes. Of Clerk's prose alone
there is nothing of ours to derive; texts.py keeps the fingerprints of the texts we built on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from clerkbulk.contract.endpoint import API_PREFIX, API_URL, API_VERSION
from clerkbulk.drift.accepted import ACCEPTED, Accepted
from clerkbulk.drift.answers import answer_differences
from clerkbulk.drift.asking import body_differences, call_differences, parameter_differences, parameters_of
from clerkbulk.drift.believed import CALLS, NOT_CALLED, Call
from clerkbulk.drift.difference import Difference, Drift, Grade, Known, gathered
from clerkbulk.drift.openapi import Place, Spec
from clerkbulk.drift.texts import text_differences
from clerkbulk.errors import InputError

NOT_LOOKED_AT: Final = (
    "tags, x- keywords, titles, examples, components nobody refers to, and what the document says of itself besides "
    "its version",
    "calls that are not about invitations and that we do not make",
    "of users, memberships, organizations, roles and the instance: parameters, fields and texts we do not use",
    "whether an answer is open or closed to other fields, and the bounds, defaults and formats of what is answered: we "
    "read all of it",
    "what means the same: a type that properties, items or a list of values give away, a flag that is false or absent, "
    "a value that a schema beside rules out",
    "texts of answers, of bodies as a whole and of paths' parameters, and whether the latter are called required",
    "error codes: Clerk's document names none; they are in the published error list",
)
"""What compare() does not look at, as a test holds it to."""


def compare(document: Mapping[str, Any]) -> Drift:
    """Compare an OpenAPI document of Clerk's (see read_spec) with what we believe.

    Raises InputError when it is no OpenAPI 3 document, not Clerk's, or malformed where we look.
    """
    spec = Spec.of(document)
    operations = spec.operations()
    calls = {call.operation: _find(call, operations) for call in CALLS}
    if not any(calls.values()):
        raise InputError(
            "None of the calls we make is in this OpenAPI document: is it the one of Clerk's Backend API? They are in "
            "github.com/clerk/openapi-specs, folder bapi."
        )
    found = list(_document(spec))
    for call in CALLS:
        if (place := calls[call.operation]) is None:
            found.append(_absent(call, operations))
            continue
        found += _call_differences(call, place, spec)
    found += _strangers(operations)
    present = {name for name, place in calls.items() if place is not None}
    differences, known = _told_apart(found, present)
    version = spec.root.get("info", "version")
    return Drift(tuple(gathered(differences)), tuple(known), str(version.value) if version else "without a version")


# The document and its calls.


def _document(spec: Spec) -> Iterator[Difference]:
    version = spec.root.get("info", "version")
    if (theirs := str(version.value) if version else "not stated") != API_VERSION:
        yield Difference(
            Grade.NEW, "version", (), "info.version", "#/info/version", theirs,
            f"Ours is built on version {API_VERSION} and asks for it (Clerk-API-Version); Clerk's document is "
            f"{theirs}. Clerk goes on answering in the version asked for; follow when the differences are settled.",
        )  # fmt: skip
    servers = spec.root.get("servers")
    urls = [str(url.value) for one in (servers.entries() if servers else ()) if (url := one.get("url"))]
    if API_URL + API_PREFIX not in urls:
        yield Difference(
            Grade.BREAKING, "server", (), "servers", "#/servers", ", ".join(urls) or "none",
            f"Ours calls {API_URL}{API_PREFIX}; Clerk's document names {', '.join(urls) or 'no address'}. Find out "
            "which address is meant before sending.",
        )  # fmt: skip


def _canonical(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def _find(call: Call, operations: Mapping[tuple[str, str], Place]) -> Place | None:
    wanted = call.method, _canonical(call.path)
    return next((place for (method, path), place in operations.items() if (method, _canonical(path)) == wanted), None)


def _absent(call: Call, operations: Mapping[tuple[str, str], Place]) -> Difference:
    ours = f"Ours makes {call.method} {call.path}"
    for (method, path), place in operations.items():
        named = place.get("operationId")
        if named is not None and named.value == call.operation:
            return Difference(
                Grade.BREAKING, "moved", (call.operation,), "call", place.pointer, f"{method} {path}",
                f"{ours}; in Clerk's document {call.operation} is {method} {path}. Send nothing before ours follows.",
            )  # fmt: skip
    family = "/" + call.path.split("/")[1]
    cut = not any(path == family or path.startswith(f"{family}/") for _, path in operations)
    return Difference(
        Grade.BREAKING, "call gone", (call.operation,), "call", "#/paths",
        f"nothing under {family}" if cut else "absent",
        f"{ours}; Clerk's document does not have it. If the file was cut, hand over the whole; if not, it is refused.",
    )  # fmt: skip


def _strangers(operations: Mapping[tuple[str, str], Place]) -> Iterator[Difference]:
    """Yield the calls about invitations that we do not know, and those we know of and that are gone."""
    known = {(call.method, _canonical(call.path)): call.operation for call in CALLS}
    known |= {(method, _canonical(path)): name for (method, path), name in NOT_CALLED.items()}
    there = set()
    for (method, path), place in operations.items():
        there.add((method, _canonical(path)))
        if "invitation" in path and (method, _canonical(path)) not in known:
            yield Difference(
                Grade.NEW, "call", (), f"{method} {path}", place.pointer, "present",
                f"Ours does not know {method} {path}; Clerk's document has it. Read what it does.",
            )  # fmt: skip
    for (method, path), name in NOT_CALLED.items():
        if (method, _canonical(path)) not in there:
            yield Difference(
                Grade.NEW, "call gone", (name,), "call", "#/paths", "absent",
                f"Ours knows {method} {path} and does not make it; Clerk's document has it no longer. The emulator can "
                "do without it.",
            )  # fmt: skip


def _call_differences(call: Call, place: Place, spec: Spec) -> Iterator[Difference]:
    parameters = parameters_of(place, spec)
    yield from call_differences(call, place, spec)
    yield from parameter_differences(call, place, parameters)
    yield from body_differences(call, place)
    yield from answer_differences(call, place)
    if not call.neighbour:
        yield from text_differences(call, place, parameters)


# What is known.


def _told_apart(found: list[Difference], present: set[str]) -> tuple[list[Difference], list[Known]]:
    """Split off the differences that are accepted, and report what was accepted and is no difference any longer."""
    differences, known, met = [], [], set[tuple[Accepted, str]]()
    for each in found:
        accepted = next((one for one in ACCEPTED if one.covers(each)), None)
        if accepted is None:
            differences.append(each)
        else:
            known.append(Known(each, accepted.row, accepted.because))
            met |= {(accepted, name) for name in each.operations}
    gone = [
        _no_more(one, name)
        for one in ACCEPTED
        for name in one.operations
        if name in present
        and (one, name) not in met
        and not one.may_be_gone
        and not any(one.is_hidden_by(each, name) for each in differences)
    ]
    return differences + gone, _once(known)


def _no_more(one: Accepted, operation: str) -> Difference:
    return Difference(
        Grade.NEW, "known difference gone", (operation,), one.field, "#/paths", f"{one.row}, {one.field}",
        f"Ours knows a difference that is no more ({one.row}). {one.because} Clerk's document now says "
        "nothing else than we do: take the row out of accepted.py.",
    )  # fmt: skip


def _once(known: list[Known]) -> list[Known]:
    """Leave one of those that calls share because they share a schema, with all their names."""
    rows: dict[tuple[str, str], list[Difference]] = {}
    for one in known:
        rows.setdefault((one.row, one.because), []).append(one.difference)
    return [Known(each, row, because) for (row, because), same in rows.items() for each in gathered(same)]
