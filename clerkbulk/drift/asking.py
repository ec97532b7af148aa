"""How a call is made: its address and key, its parameters, its body; ours beside Clerk's document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from clerkbulk.drift.accepted import name_of
from clerkbulk.drift.believed import Call, place_of
from clerkbulk.drift.comparing import Spot, sent
from clerkbulk.drift.difference import Difference, Grade
from clerkbulk.drift.openapi import Place, Spec, shown

JSON: Final = "application/json"
ALWAYS_SENT: Final = ("limit", "offset", "paginated")
"""Parameters that no list is read without, so that their defaults decide nothing."""


def path_of(place: Place) -> str:
    """Return the path an operation stands under."""
    return place.pointer.split("/")[2].replace("~1", "/").replace("~0", "~")


def call_differences(call: Call, place: Place, spec: Spec) -> Iterator[Difference]:
    """Yield what differs in the call itself: name, path, key, and whether it is on its way out. Raises InputError."""
    spot = Spot(call.operation, "call")
    named = place.get("operationId")
    if (theirs := shown(named.value) if named else "not stated") != shown(call.operation):
        yield spot.differs(
            Grade.NEW, "operationId", place.pointer, theirs,
            f"ours knows it as {call.operation}; in Clerk's document the operationId is {theirs}. The call is "
            "the same; SDKs that are made from the document may call their method otherwise.",
        )  # fmt: skip
    if (path := path_of(place)) != call.path:
        yield spot.differs(
            Grade.WORDING, "path", place.pointer, path,
            f"ours writes the path {call.path}; Clerk's document writes {path}. It is the same path.",
        )  # fmt: skip
    deprecated = place.get("deprecated")
    if deprecated is not None and deprecated.value is True:
        yield spot.differs(
            Grade.NEW, "deprecated", place.pointer, "deprecated",
            "ours makes it; Clerk's document calls it deprecated. It works today: read what takes its place.",
        )  # fmt: skip
    security = place.get("security") or spec.root.get("security")
    if not _takes_bearer(security, spec):
        yield spot.differs(
            Grade.BREAKING, "security", security.pointer if security else "#/security", "no bearer key",
            "ours sends the secret key as a bearer token; Clerk's document asks for something else. Every call is "
            "refused until ours follows.",
        )  # fmt: skip


def _takes_bearer(security: Place | None, spec: Spec) -> bool:
    for requirement in security.entries() if security else ():
        schemes = [spec.root.get("components", "securitySchemes", name) for name in requirement.mapping()]
        if schemes and all(scheme is not None and _is_bearer(scheme) for scheme in schemes):
            return True
    return False


def _is_bearer(scheme: Place) -> bool:
    kind, how = scheme.get("type"), scheme.get("scheme")
    return kind is not None and kind.value == "http" and how is not None and str(how.value).lower() == "bearer"


def parameters_of(place: Place, spec: Spec) -> dict[tuple[str, str], Place]:
    """Return the parameters by where they go and name; an operation's own go before its path's."""
    shared = spec.path_item(path_of(place))
    found = {}
    for holder in (shared, place):
        parameters = holder.get("parameters") if holder else None
        for entry in parameters.entries() if parameters else ():
            parameter = entry.resolved()
            goes, name = parameter.get("in"), parameter.get("name")
            if goes is not None and name is not None:
                found[str(goes.value), str(name.value)] = parameter
    return found


def parameter_differences(call: Call, place: Place, described: Mapping[tuple[str, str], Place]) -> Iterator[Difference]:
    """Yield what differs in the parameters of path, query and header. Raises InputError."""
    left = dict(described)
    for name, own in call.query.items():
        spot = Spot(call.operation, f"query.{name}", call.neighbour)
        if (parameter := left.pop(("query", name), None)) is None:
            yield spot.differs(
                Grade.BREAKING, "gone", place.pointer, "absent",
                "ours sends it; Clerk's document has it no longer. It may be ignored, and more be answered than asked.",
            )  # fmt: skip
            continue
        yield from _parameter(own, parameter, spot)
    filled = set(re.findall(r"\{([^}]*)\}", path_of(place)))
    if odd := filled ^ {name for goes, name in described if goes == "path"}:
        yield Spot(call.operation, "path").differs(
            Grade.WORDING, "path", place.pointer, ", ".join(sorted(odd)),
            f"ours fills in {', '.join(sorted(filled)) or 'nothing'}; Clerk's document has {', '.join(sorted(odd))} in "
            "the path only, or among the parameters only. Read what it is.",
        )  # fmt: skip
    for (goes, name), parameter in left.items():
        spot = Spot(call.operation, f"{goes}.{name}", call.neighbour)
        if goes == "path":
            yield from sent((place_of({"type": "string"}),), (_schema(parameter),), spot)
        elif _is_true(parameter, "required"):
            yield spot.differs(
                Grade.BREAKING, "more", parameter.pointer, "required",
                "ours does not send it; Clerk's document requires it. Every call is refused until ours follows.",
            )  # fmt: skip
        elif not call.neighbour:
            yield spot.differs(
                Grade.NEW, "more", parameter.pointer, "optional",
                "ours does not have it; Clerk's document takes it. See whether to use it.",
            )  # fmt: skip


def _parameter(own: dict[str, Any], parameter: Place, spot: Spot) -> Iterator[Difference]:
    if _is_true(parameter, "required"):
        yield spot.differs(
            Grade.BREAKING, "required", parameter.pointer, "required",
            "ours may leave it out; Clerk's document requires it. Reads may be refused until ours follows.",
        )  # fmt: skip
    if _is_true(parameter, "deprecated"):
        yield spot.differs(
            Grade.NEW, "deprecated", parameter.pointer, "deprecated",
            "ours sends it; Clerk's document calls it deprecated. It works today: plan to do without.",
        )  # fmt: skip
    style, explode = parameter.get("style"), parameter.get("explode")
    if (style is not None and style.value != "form") or (explode is not None and explode.value is False):
        yield spot.differs(
            Grade.BREAKING, "style", parameter.pointer, "another style",
            "ours repeats the name for every value; Clerk's document writes several values in another way. Change it.",
        )  # fmt: skip
    for each in sent((place_of(own),), (_schema(parameter),), spot):
        if each.kind == "default" and name_of(each.field) in ALWAYS_SENT:
            what = f"{each.what.partition('.')[0]}. We send it with every read; nothing fails."
            yield replace(each, grade=Grade.NEW, what=what)
        else:
            yield each


def _schema(parameter: Place) -> Place:
    return parameter.get("schema") or Place({}, parameter.pointer, parameter.home)


def _is_true(place: Place, keyword: str) -> bool:
    flag = place.get(keyword)
    return flag is not None and flag.value is True


def body_differences(call: Call, place: Place) -> Iterator[Difference]:
    """Yield what differs in the body: whether there is one, its type, its schema. Raises InputError."""
    spot = Spot(call.operation, "body")
    body = place.get("requestBody")
    if body is None:
        if call.body is not None:
            yield spot.differs(
                Grade.BREAKING, "gone", place.pointer, "absent",
                "ours sends a body; Clerk's document has none. Find out where the parameters belong before sending.",
            )  # fmt: skip
        return
    required = _is_true(body, "required")
    if call.body is None:
        yield spot.differs(
            Grade.BREAKING if required else Grade.NEW, "more", body.pointer, "required" if required else "optional",
            "ours sends no body; Clerk's document "
            + ("requires one: every call is refused until ours follows." if required else "takes one: see what for."),
        )  # fmt: skip
        return
    if required != call.body_required:
        yield spot.differs(
            Grade.NEW, "required", body.pointer, "required" if required else "not required",
            f"ours always sends a body; Clerk's document says it is {'required' if required else 'not required'}. "
            "Nothing fails.",
        )  # fmt: skip
    content = body.get("content")
    types = content.mapping() if content else {}
    if JSON not in types:
        yield spot.differs(
            Grade.BREAKING, "content type", body.pointer, ", ".join(types) or "none",
            f"ours sends {JSON}; Clerk's document takes {', '.join(types) or 'nothing'}. Calls are refused with 415.",
        )  # fmt: skip
        return
    if len(types) > 1:
        yield spot.differs(
            Grade.NEW, "content type", body.pointer, ", ".join(types),
            f"ours sends {JSON}; Clerk's document takes {', '.join(types)}. Nothing fails.",
        )  # fmt: skip
    yield from sent((place_of(call.body),), (_schema(types[JSON].resolved()),), spot)
