"""Bad input: bodies and parameters that a creating call refuses, and with which code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from clerkbulk.contract.cases.calls import (
    BULK,
    ELEVEN,
    ERROR_LIST,
    ORG_SINGLE,
    SINGLE,
    SPEC,
    bulk,
    member,
    org_bulk,
    org_single,
    person,
    refused,
    single,
    without,
)
from clerkbulk.contract.cases.case import Ask, Case, Need, Step
from clerkbulk.contract.cases.match import Absent
from clerkbulk.contract.fact import Fact, Mark

_FACT: Final = Fact(Mark.INFERRED, f"{SPEC} has the form, {ERROR_LIST} the code; that the one leads to the other")
_NOT_LIVE: Final = "the single call shows the same, and a refused bulk call uses up one of the hour's"
_NOTIFIES: Final = "it might send a mail"
_TYPE: Final = ("form_param_type_invalid", "form_param_value_invalid")
_FORMAT: Final = ("form_param_format_invalid",)
_EMPTY: Final = ("form_param_format_invalid", "form_param_missing", "form_param_nil", "form_param_value_invalid")
_NULL: Final = ("form_param_nil", "form_param_missing")
_NULL_OR_TYPE: Final = ("form_param_nil", "form_param_type_invalid")
_LEFT_OUT: Final = object()


@dataclass(frozen=True, slots=True)
class _Wrong:
    """One parameter that is wrong in one way. codes are those whose meaning fits; the first is the likeliest."""

    name: str
    how: str
    value: Any
    codes: tuple[str, ...]
    statuses: tuple[int, ...] = (422,)


_BOTH: Final = (
    _Wrong("email_address", "left out", _LEFT_OUT, ("form_param_missing",)),
    _Wrong("email_address", "null", None, _NULL),
    _Wrong("email_address", "empty", "", _EMPTY),
    _Wrong("email_address", "no address", "ada at example.com", _FORMAT),
    _Wrong("email_address", "a number", 7, _TYPE),
    _Wrong("public_metadata", "a list", ["core"], _TYPE),
    _Wrong("redirect_url", "a number", 7, _TYPE),
    _Wrong("notify", "a number", 0, _TYPE),
    _Wrong("expires_in_days", "a text", "7", _TYPE),
    _Wrong("expires_in_days", "no whole number", 1.5, _TYPE),
    _Wrong("expires_in_days", "under its bound", 0, ("form_param_value_invalid",)),
    _Wrong("expires_in_days", "above its bound", 366, ("form_param_value_too_large", "form_param_value_invalid")),
)
_APPLICATION: Final = (
    *_BOTH,
    _Wrong("ignore_existing", "a number", 1, _TYPE),
    _Wrong("template_slug", "a number", 7, _TYPE),
    _Wrong("template_slug", "null", None, _NULL_OR_TYPE),
    _Wrong("template_slug", "another text", "newsletter", ("form_param_value_invalid",)),
    _Wrong("role", "an unknown key", "org:member", ("form_param_unknown",)),
)
_ONLY_IN_A_SINGLE_CALL: Final = (
    _Wrong("public_metadata", "null", None, _NULL_OR_TYPE),
    _Wrong("redirect_url", "null", None, _NULL_OR_TYPE),
)
_ORGANIZATION: Final = (
    *_BOTH,
    _Wrong("role", "left out", _LEFT_OUT, ("form_param_missing",)),
    _Wrong("role", "null", None, _NULL),
    _Wrong("role", "empty", "", (*_EMPTY, "resource_not_found"), (404, 422)),
    _Wrong("role", "a number", 7, _TYPE),
    _Wrong("inviter_user_id", "a number", 7, _TYPE),
    _Wrong("private_metadata", "a list", ["core"], _TYPE),
)


def _case(
    where: str, section: str, call: Callable[..., Ask], item: Callable[..., dict[str, Any]], wrong: _Wrong
) -> Case:
    family, lane = where.split()
    body = without(item("ada"), wrong.name) if wrong.value is _LEFT_OUT else item("ada", **{wrong.name: wrong.value})
    # How a field of an array is named is an open question; and a wrong type may be found before there are fields.
    named = lane == "single" and wrong.codes not in {_TYPE, _EMPTY, _NULL_OR_TYPE} and wrong.statuses == (422,)
    unknown = wrong.how == "an unknown key"
    return Case(
        name=f"{family}-{lane}-{wrong.name}-{wrong.how}".replace("_", "-").replace(" ", "-"),
        promise=f"{wrong.name} as {wrong.how} is refused in a {lane} call for the {family}."
        if unknown
        else f"{wrong.name} that is {wrong.how} is refused in a {lane} call for the {family}.",
        fact=_FACT,
        rows=(*(() if unknown else (f"{section} {wrong.name}",)), *(f"3.3 {code}" for code in wrong.codes)),
        needs=frozenset({Need.ORGANIZATION}) if family == "organization" else frozenset(),
        not_live=_NOT_LIVE if lane == "bulk" else _NOTIFIES if wrong.name == "notify" else None,
        steps=(Step(call(body), refused(wrong.statuses, *wrong.codes, param=wrong.name if named else None)),),
    )


_CALLS: Final[Mapping[str, tuple[str, Callable[..., Ask], Callable[..., dict[str, Any]], tuple[_Wrong, ...]]]] = {
    "application single": ("1.2", single, person, (*_APPLICATION, *_ONLY_IN_A_SINGLE_CALL)),
    "application bulk": ("1.2", bulk, person, _APPLICATION),
    "organization single": ("1.3", org_single, member, _ORGANIZATION),
    "organization bulk": ("1.3", org_bulk, member, _ORGANIZATION),
}
_PARAMETERS: Final = tuple(
    _case(where, section, call, item, wrong)
    for where, (section, call, item, wrongs) in _CALLS.items()
    for wrong in wrongs
)

_UNREADABLE: Final = ("request_body_invalid", "malformed_request_parameters", "bad_request")
_BODIES: Final = (
    Case(
        name="body-not-json",
        promise="A body that is no JSON is refused.",
        fact=Fact(Mark.INFERRED, f"{ERROR_LIST}; which of its codes for unreadable bodies it is"),
        rows=tuple(f"3.3 {code}" for code in _UNREADABLE),
        steps=(Step(Ask("POST", SINGLE, b'[{"email_address": '), refused(400, *_UNREADABLE)),),
    ),
    Case(
        name="body-missing",
        promise="A creating call without a body is refused: it has nobody to invite.",
        fact=Fact(Mark.INFERRED, "clerk-contract 1.2: not flagged as required, and cannot be valid"),
        rows=("1.2 email_address",),
        steps=(Step(Ask("POST", SINGLE), refused((400, 415, 422))),),
    ),
    Case(
        name="body-list-in-a-single-call",
        promise="A list in the place of one item is refused, and no parameter is named.",
        fact=Fact(Mark.INFERRED, f"{ERROR_LIST}, FailedToParseRequestBody"),
        rows=("3.3 form_param_value_invalid",),
        steps=(
            Step(
                Ask("POST", SINGLE, [person("ada")]),
                refused(422, "form_param_value_invalid", param_name=Absent()),
            ),
        ),
    ),
    Case(
        name="body-object-in-a-bulk-call",
        promise="One item, or a wrapper of items, in the place of a list is refused, and no parameter is named.",
        fact=Fact(Mark.INFERRED, f"{ERROR_LIST}, FailedToParseRequestBody"),
        rows=("3.3 form_param_value_invalid",),
        not_live=_NOT_LIVE,
        steps=(
            Step(Ask("POST", BULK, person("ada")), refused(422, "form_param_value_invalid", param_name=Absent())),
            Step(
                Ask("POST", BULK, {"invitations": [person("ada")]}),
                refused(422, "form_param_value_invalid", param_name=Absent()),
            ),
        ),
    ),
    Case(
        name="body-list-of-texts",
        promise="A list of addresses in the place of a list of items is refused.",
        fact=Fact(Mark.INFERRED, f"{ERROR_LIST}, FailedToParseRequestBody"),
        rows=("3.3 form_param_value_invalid",),
        not_live=_NOT_LIVE,
        steps=(Step(Ask("POST", BULK, ["{ada}", "{bob}"]), refused(422, *_TYPE)),),
    ),
    Case(
        name="organization-body-too-short-or-too-long",
        promise="A bulk call for an organization with no item, and one with eleven, is refused.",
        fact=Fact(Mark.INFERRED, f"{SPEC}: minItems 1, maxItems 10; with which code is an open question"),
        rows=("3.3 bulk_size_exceeded", "3.3 form_param_array_size_exceeded"),
        needs=frozenset({Need.ORGANIZATION}),
        not_live="the application's call shows the same, and eleven may be more than the organization has room for",
        steps=(
            Step(org_bulk(), refused((400, 422), "form_param_missing", "request_body_invalid")),
            Step(
                org_bulk(*(member(name) for name in ELEVEN)),
                refused((400, 422), "bulk_size_exceeded", "form_param_array_size_exceeded"),
            ),
        ),
    ),
    Case(
        name="organization-body-of-another-content-type",
        promise="A body that is said to be text is refused for organizations, too.",
        fact=Fact(Mark.DOCUMENTED, ERROR_LIST),
        rows=("3.3 unsupported_content_type",),
        needs=frozenset({Need.ORGANIZATION}),
        steps=(
            Step(
                Ask("POST", ORG_SINGLE, b"email_address=nobody", headers={"Content-Type": "text/plain"}),
                refused(415, "unsupported_content_type"),
            ),
        ),
    ),
)

CASES: Final = (*_PARAMETERS, *_BODIES)
