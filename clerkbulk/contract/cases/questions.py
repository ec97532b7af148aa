"""Open questions that a creating call can find out, on a live instance as well: a case each, every answer expected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from clerkbulk.contract.cases.calls import (
    ELEVEN,
    ORG_BULK,
    ORG_SINGLE,
    SINGLE,
    bulk,
    member,
    org_bulk,
    org_single,
    person,
    refused,
    single,
)
from clerkbulk.contract.cases.case import Ask, Case, Expect, Need, Step
from clerkbulk.contract.cases.match import MISSING, Absent, Addresses, AtLeast, OneOf, Text
from clerkbulk.contract.fact import Fact, Mark
from clerkbulk.contract.unknown import unknown

_ORG: Final = frozenset({Need.ORGANIZATION})
_DAY: Final = 86_400.0
"""Seconds."""
_MADE: Final = Expect(200)
_LARGEST: Final = 8192
_SMALLER: Final = 4096
"""Bytes: the limits that have been told of metadata, now and in 2021-22."""
_NOT_ASCII: Final = "é" * 1900
"""3800 bytes in UTF-8, under either limit; 11400 escaped, over both."""


def _case(
    question: str,
    promise: str,
    *steps: Step,
    rows: tuple[str, ...] = (),
    needs: frozenset[Need] = frozenset(),
    not_live: str | None = None,
) -> Case:
    return Case(
        name=f"open-question-{question.replace('_', '-')}",
        promise=f"{promise}: not documented.",
        fact=_fact(question),
        rows=rows,
        steps=steps,
        needs=needs,
        question=question,
        not_live=not_live,
    )


def _fact(question: str) -> Fact:
    return Fact(Mark.UNKNOWN, "clerk-contract 4.6") if question == "metadata_limit" else unknown(question).fact


def _coded(*answers: str, param: str | None = None) -> Mapping[str, Expect]:
    """Return an expectation for each answer that is a status and a code: ``404 resource_not_found``."""
    return {answer: refused(int(answer.split()[0]), answer.split()[1], param=param) for answer in answers}


def _invited(*names: str) -> Expect:
    """Return the expectation of a list of the application's invitations that were searched for."""
    return Expect(200, holds={"": Addresses(tuple(f"{{{name}}}" for name in names))})


def _search(name: str) -> Ask:
    return Ask("GET", SINGLE, query=(("query", f"{{{name}}}"), ("limit", "100")))


def _metadata(size: int) -> dict[str, str]:
    """Return metadata whose compact JSON has so many bytes."""
    return {"note": "n" * (size - len('{"note":""}'))}


_CALLS: Final = (
    _case(
        "atomicity",
        "One refused item of a bulk call keeps the others from being created, or does not",
        Step(single(person("ada")), _MADE),
        Step(bulk(person("ada"), person("bob")), refused(400, "duplicate_record")),
        Step(_search("bob"), {"all_or_nothing": _invited(), "partial": _invited("bob")}),
        rows=("2.3 app bulk",),
    ),
    _case(
        "result_order",
        "A bulk call answers in the order in which its items were sent, or in another",
        Step(
            bulk(person("cleo"), person("ada"), person("bob")),
            {
                answer: Expect(200, holds={"": Addresses(tuple(f"{{{name}}}" for name in names), in_order=True)})
                for answer, names in {
                    "as_sent": ("cleo", "ada", "bob"),
                    "reversed": ("bob", "ada", "cleo"),
                    "by_address": ("ada", "bob", "cleo"),
                }.items()
            },
        ),
        rows=("2.3 app bulk",),
    ),
    _case(
        "param_name_form",
        "A wrong parameter of the third item is named by its name alone, or with its place, or not at all",
        Step(
            bulk(person("ada"), person("bob"), {"email_address": "cleo at example.com", "notify": False}),
            {
                answer: refused(422, "form_param_format_invalid", param_name=named)
                for answer, named in {
                    "plain": "email_address",
                    "dotted": "2.email_address",
                    "bracketed": "[2].email_address",
                    "absent": Absent(),
                }.items()
            },
        ),
        rows=("3.2 param_name", "3.3 form_param_format_invalid"),
    ),
    _case(
        "empty_call",
        "A bulk call with no item is refused, with one code or another",
        Step(bulk(), _coded("422 form_param_missing", "400 request_body_invalid")),
        rows=("3.3 form_param_missing", "3.3 request_body_invalid"),
    ),
    _case(
        "eleven_items",
        "A bulk call with eleven items is refused, with one code or another",
        Step(
            bulk(*(person(name) for name in ELEVEN)),
            _coded("400 bulk_size_exceeded", "422 form_param_array_size_exceeded"),
        ),
        rows=("3.3 bulk_size_exceeded", "3.3 form_param_array_size_exceeded"),
    ),
    _case(
        "repeated_address",
        "One address twice in a call is refused, or is invited twice",
        Step(
            bulk(person("ada"), person("ada")),
            {
                "refused": refused((400, 422), "duplicate_record", "form_param_duplicate"),
                "created_twice": _invited("ada", "ada"),
            },
        ),
        rows=("3.3 duplicate_record", "3.3 form_param_duplicate"),
    ),
)

_ADDRESSES: Final = (
    _case(
        "ignore_existing_users",
        "ignore_existing lets an invitation through to the address of somebody who has an account, or does not",
        Step(
            bulk(person("user_address", ignore_existing=True)),
            {
                "refused": refused(422, "form_identifier_exists"),
                "invited": _invited("user_address"),
            },
        ),
        rows=("1.2 ignore_existing", "3.3 form_identifier_exists"),
        needs=frozenset({Need.USER}),
    ),
    _case(
        "stored_case",
        "An address with capitals is kept in lower case, or as it was sent",
        Step(
            single(person("ADA")),
            {
                "lower": Expect(200, holds={"email_address": "{ada}"}),
                "as_sent": Expect(200, holds={"email_address": "{ADA}"}),
            },
        ),
        rows=("2.1 email_address",),
    ),
    _case(
        "expired_invitations",
        "An expired invitation stands in the way of a new one, or does not",
        Step(single(person("ada", expires_in_days=1)), _MADE),
        Step(
            single(person("ada")),
            {"free": _MADE, "block": refused(400, "duplicate_record")},
            wait=_DAY + 1,
        ),
        rows=("2.1 status", "3.3 duplicate_record"),
        not_live="an invitation lasts a day at least",
    ),
    _case(
        "organization_duplicate",
        "A pending invitation to an organization is refused with one code or another",
        Step(org_single(member("ada")), _MADE),
        Step(org_single(member("ada")), _coded("400 organization_invitation_not_unique", "400 duplicate_record")),
        rows=("3.3 organization_invitation_not_unique", "3.3 duplicate_record"),
        needs=_ORG,
    ),
)

_ORGANIZATIONS: Final = (
    _case(
        "bulk_total_count",
        "total_count of an organization's bulk answer counts what was created, or all its invitations",
        Step(org_single(member("ada")), _MADE),
        Step(
            Ask("POST", ORG_BULK, [member("bob"), member("cleo")]),
            {
                "created_now": Expect(200, holds={"total_count": 2}),
                "all_of_the_organization": Expect(200, holds={"total_count": AtLeast(3)}),
            },
        ),
        rows=("2.3 org bulk",),
        needs=_ORG,
    ),
    _case(
        "unknown_keys",
        "An unknown key in an item for an organization is refused, or overlooked",
        Step(
            org_single(member("ada", favourite_colour="blue")),
            {"refused": refused(422, "form_param_unknown"), "ignored": _MADE},
        ),
        rows=("3.3 form_param_unknown",),
        needs=_ORG,
    ),
    _case(
        "unknown_organization",
        "An organization that does not exist is refused with one code or another",
        Step(
            Ask("POST", "/v1/organizations/org_clerkbulkNobodyHasThisOne/invitations", member("ada")),
            _coded("404 resource_not_found", "404 organization_not_found_or_unauthorized"),
        ),
        rows=("3.3 resource_not_found", "3.3 organization_not_found_or_unauthorized"),
    ),
    _case(
        "organization_slug",
        "An organization's slug does for its id in the path of its invitations, or does not",
        Step(
            Ask("GET", "/v1/organizations/{org}"),
            Expect(200, holds={"slug": Text(r".+")}, keep={"slug": "slug"}),
        ),
        Step(
            Ask("POST", "/v1/organizations/{slug}/invitations", member("ada")),
            {
                "refused": refused(404, "resource_not_found", "organization_not_found_or_unauthorized"),
                "accepted": Expect(200, holds={"email_address": "{ada}"}),
            },
        ),
        rows=("3.3 resource_not_found",),
        needs=_ORG,
    ),
    _case(
        "unknown_role",
        "A role that does not exist is refused with one code or another",
        Step(
            org_single(member("ada", role="org:clerkbulk_nobody_has_this")),
            _coded("404 resource_not_found", "422 form_param_value_invalid", param="role"),
        ),
        rows=("1.3 role", "3.3 resource_not_found", "3.3 form_param_value_invalid"),
        needs=_ORG,
    ),
    _case(
        "unknown_inviter",
        "An inviter who is no user is refused with one code or another",
        Step(
            org_single(member("ada", inviter_user_id="user_clerkbulkNobodyIsThisOne")),
            {
                "404 resource_not_found": refused(404, "resource_not_found", param_name=Absent()),
                "404 resource_not_found with param_name": refused(404, "resource_not_found", param="inviter_user_id"),
                "422 form_resource_not_found": refused(422, "form_resource_not_found"),
            },
        ),
        rows=("1.3 inviter_user_id", "3.3 resource_not_found", "3.3 form_resource_not_found"),
        needs=_ORG,
    ),
    _case(
        "non_admin_inviter",
        "An inviter who is no administrator is refused with one code or another",
        Step(
            Ask("POST", ORG_SINGLE, member("ada", inviter_user_id="{outsider_id}")),
            {
                "403 not_an_admin_in_organization": refused(403, "not_an_admin_in_organization"),
                "403 missing_organization_permission": refused(
                    403,
                    "missing_organization_permission",
                    permissions=OneOf((MISSING, ["org:sys_memberships:manage"])),
                ),
            },
        ),
        rows=(
            "1.3 inviter_user_id",
            "3.3 not_an_admin_in_organization",
            "3.3 missing_organization_permission",
            "3.2 permissions",
        ),
        needs=frozenset({Need.ORGANIZATION, Need.OUTSIDER}),
    ),
)

_PARAMETERS: Final = (
    _case(
        "metadata_limit",
        "Metadata may have 8 KB, as for users, or 4 KB, as in 2021-22",
        Step(
            single(person("ada", public_metadata=_metadata(_LARGEST + 200))),
            refused(422, "form_param_exceeds_allowed_size", param="public_metadata"),
        ),
        Step(
            single(person("ada", public_metadata=_metadata(_LARGEST - 200))),
            {
                str(_LARGEST): _MADE,
                str(_SMALLER): refused(422, "form_param_exceeds_allowed_size", param="public_metadata"),
            },
        ),
        Step(single(person("bob", public_metadata=_metadata(_SMALLER - 200))), _MADE),
        rows=("1.2 public_metadata", "3.3 form_param_exceeds_allowed_size"),
    ),
    _case(
        "metadata_measured",
        "Metadata is measured in UTF-8, or with every character beyond ASCII escaped",
        Step(
            single(person("ada", public_metadata={"note": _NOT_ASCII})),
            {
                "utf8": Expect(200, holds={"public_metadata/note": _NOT_ASCII}),
                "ascii": refused(422, "form_param_exceeds_allowed_size"),
            },
        ),
        rows=("1.2 public_metadata", "3.3 form_param_exceeds_allowed_size"),
    ),
    _case(
        "redirect_path",
        "A path is accepted as redirect_url, or is refused",
        Step(
            single(person("ada", redirect_url="/welcome")),
            {
                "accepted": _MADE,
                "refused": refused(422, "form_param_format_invalid", "form_param_value_invalid"),
            },
        ),
        rows=("1.2 redirect_url",),
    ),
    _case(
        "bad_redirect_url",
        "A redirect_url that is no URL is refused with one code or another",
        Step(
            single(person("ada", redirect_url="not a url")),
            _coded("422 form_param_format_invalid", "422 form_param_value_invalid", param="redirect_url"),
        ),
        rows=("1.2 redirect_url",),
    ),
)


def _organization_too_large() -> Case:
    """Metadata for an organization is held to a limit, too: whichever it is, twice the larger one is over it."""
    big = _metadata(2 * _LARGEST)
    return Case(
        name="organization-metadata-too-large",
        promise="Public and private metadata of twice the size ever documented are each refused for an organization.",
        fact=Fact(Mark.THIRD_PARTY, "clerk-contract 3.3: documented in 2021-22, a third-party test names 8192 bytes"),
        rows=("1.3 public_metadata", "1.3 private_metadata", "3.3 form_param_exceeds_allowed_size"),
        needs=_ORG,
        steps=tuple(
            Step(org_bulk(member("ada", **{name: big})), refused(422, "form_param_exceeds_allowed_size"))
            for name in ("public_metadata", "private_metadata")
        ),
    )


CASES: Final = (*_CALLS, *_ADDRESSES, *_ORGANIZATIONS, *_PARAMETERS, _organization_too_large())
