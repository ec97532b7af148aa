"""Open questions for which the stage must be set: only the emulator can be asked, and answers as it was told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from clerkbulk.contract.cases.calls import (
    BULK,
    ORG_BULK,
    SINGLE,
    bulk,
    member,
    person,
    refused,
    single,
)
from clerkbulk.contract.cases.case import Ask, Case, Expect, Need, Stage, Step
from clerkbulk.contract.cases.match import Absent, Addresses
from clerkbulk.contract.endpoint import APPLICATION_BULK, HOUR, ORGANIZATION_BULK
from clerkbulk.contract.unknown import unknown

_MADE: Final = Expect(200)
_HALF: Final = HOUR / 2
_USED_UP: Final = APPLICATION_BULK.calls_per_hour
_BLOCKED: Final = Expect(429)
_AGAIN: Final = bulk(person("ada", ignore_existing=True))
"""A call that may be made as often as the hour allows."""
_CAPPED: Final = "400 dev_monthly_email_limit_exceeded"


def _case(
    question: str,
    promise: str,
    *steps: Step,
    stage: Stage,
    rows: tuple[str, ...] = (),
    needs: frozenset[Need] = frozenset(),
    when: str = "",
    not_live: str | None = None,
) -> Case:
    return Case(
        name=f"open-question-{question.replace('_', '-')}{when}",
        promise=f"{promise}: not documented.",
        fact=unknown(question).fact,
        rows=rows,
        steps=steps,
        needs=needs,
        stage=stage,
        question=question,
        not_live=not_live,
    )


def _waits(seconds: str) -> Expect:
    return Expect(429, headers={"Retry-After": seconds})


_HOURS: Final = (
    _case(
        "window",
        "The hour of a limit slides, or begins anew when the clock strikes",
        Step(_AGAIN, _MADE, wait=_HALF),
        *(Step(_AGAIN, _MADE) for _ in range(_USED_UP - 1)),
        Step(_AGAIN, {"sliding": _waits("3600"), "fixed": _waits("1800")}),
        stage=Stage(),
        rows=("3.3 too_many_requests",),
        not_live="it uses up an hour",
    ),
    _case(
        "refused_calls_count",
        "Refused calls use up the hour, or only those that were not told to wait, or none",
        Step(bulk({"notify": False}), refused(422, "form_param_missing")),
        Step(_AGAIN, {"yes": _BLOCKED, "only_4xx": _BLOCKED, "no": _MADE}),
        *(Step(_AGAIN, _BLOCKED, wait=_HALF if number == 0 else 0.0) for number in range(_USED_UP)),
        Step(_AGAIN, {"yes": _BLOCKED, "only_4xx": _MADE, "no": _MADE}, wait=_HALF),
        stage=Stage(settings={"window": "sliding"}, calls_before={BULK: _USED_UP - 1}),
        rows=("3.3 too_many_requests",),
    ),
    _case(
        "hourly_scope",
        "The hour of an organization's calls is counted for the instance, or for each organization",
        Step(
            Ask("POST", "/v1/organizations/org_other/invitations/bulk", [member("ada")]),
            {"instance": _BLOCKED, "organization": _MADE},
        ),
        stage=Stage(
            seed={"organizations": [{"id": "org_other", "name": "Other"}]},
            calls_before={ORG_BULK: ORGANIZATION_BULK.calls_per_hour},
        ),
        rows=("3.3 too_many_requests",),
        needs=frozenset({Need.ORGANIZATION}),
    ),
    _case(
        "limit_code",
        "A call that must wait is refused with one code or another",
        Step(_AGAIN, {code: refused(429, code) for code in ("too_many_requests", "rate_limit_exceeded")}),
        stage=Stage(calls_before={BULK: _USED_UP}),
        rows=("3.3 too_many_requests",),
    ),
    _case(
        "resets_in",
        "A call that must wait is told in meta, too, how long, in seconds or in milliseconds, or is not",
        Step(
            _AGAIN,
            {
                "absent": Expect(429, holds={"errors/0/meta/resets_in": Absent()}),
                "seconds": Expect(429, holds={"errors/0/meta/resets_in": HOUR}),
                "milliseconds": Expect(429, holds={"errors/0/meta/resets_in": HOUR * 1000}),
            },
        ),
        stage=Stage(calls_before={BULK: _USED_UP}),
        rows=("3.2 resets_in", "3.3 too_many_requests"),
    ),
)


def _half_way(atomicity: str, answers: Mapping[str, tuple[str, ...]]) -> Case:
    path = "/v1/organizations/org_small/invitations"
    return _case(
        "quota_half_way",
        f"A call that passes a limit half way creates what still fits, or nothing, where refusals are {atomicity}",
        Step(
            Ask("POST", f"{path}/bulk", [member("ada"), member("bob"), member("cleo")]),
            refused(403, "organization_membership_quota_exceeded"),
        ),
        Step(
            Ask("GET", path, query=(("limit", "100"),)),
            {
                answer: Expect(200, holds={"data": Addresses(tuple(f"{{{name}}}" for name in names))})
                for answer, names in answers.items()
            },
        ),
        stage=Stage(
            settings={"atomicity": atomicity},
            seed={"organizations": [{"id": "org_small", "name": "Small", "max_allowed_memberships": 2}]},
        ),
        rows=("3.3 organization_membership_quota_exceeded",),
        when=f"-{atomicity.replace('_', '-')}",
    )


_FITTING: Final = ("ada", "bob")
_LIMITS: Final = (
    # Two of the three answers look alike on each stage; both stages together tell them apart.
    _half_way("all_or_nothing", {"as_other_refusals": (), "fitting_created": _FITTING, "none_created": ()}),
    _half_way("partial", {"as_other_refusals": _FITTING, "fitting_created": _FITTING, "none_created": ()}),
    _case(
        "user_quota_counts",
        "A quota of users counts pending invitations, or does not",
        Step(single(person("ada")), _MADE),
        Step(
            single(person("bob")),
            {"users": _MADE, "users_and_pending": refused(403, "user_quota_exceeded")},
        ),
        # Three users are there when a case begins.
        stage=Stage(settings={"user_quota": 4}),
        rows=("3.3 user_quota_exceeded",),
    ),
    _case(
        "mails_over_cap",
        "Beyond a development instance's e-mails of the month an invitation is refused, or made without a mail",
        Step(single(person("ada", notify=True)), _MADE),
        Step(
            single(person("bob", notify=True)),
            {_CAPPED: refused(400, "dev_monthly_email_limit_exceeded"), "created_without_mail": _MADE},
        ),
        stage=Stage(settings={"monthly_emails": 1}),
        rows=("3.3 dev_monthly_email_limit_exceeded",),
    ),
    _case(
        "test_address_mails",
        "An invitation to a test address costs one of the month's e-mails, or does not",
        Step(single({"email_address": "tester+clerk_test@example.com"}), _MADE),
        Step(
            single(person("bob", notify=True)),
            {"no": _MADE, "yes": refused(400, "dev_monthly_email_limit_exceeded")},
        ),
        stage=Stage(settings={"monthly_emails": 1, "mails_over_cap": _CAPPED}),
        rows=("3.3 dev_monthly_email_limit_exceeded",),
    ),
)

_PRODUCTION_KEY: Final = "sk_live_planted"
_SET_UP: Final = (
    _case(
        "role_outside_set",
        "A role that is not in the organization's role set is refused with one code or another",
        Step(
            Ask("POST", "/v1/organizations/org_plain/invitations", member("ada", role="org:admin")),
            {
                "404 resource_not_found": refused(404, "resource_not_found", param="role"),
                "422 form_param_value_invalid": refused(422, "form_param_value_invalid", param="role"),
            },
        ),
        stage=Stage(
            seed={
                "role_sets": [{"key": "role_set:plain", "roles": ["org:member"]}],
                "organizations": [{"id": "org_plain", "name": "Plain", "role_set_key": "role_set:plain"}],
            }
        ),
        rows=("1.3 role", "3.3 resource_not_found", "3.3 form_param_value_invalid"),
    ),
    _case(
        "restrictions_bite",
        "A disposable address is refused at the invitation, or only at the sign-up",
        Step(
            single({"email_address": "somebody@disposable.example", "notify": False}),
            {
                "at_sign_up": _MADE,
                "at_invitation": refused(403, "not_allowed_access", identifiers=["somebody@disposable.example"]),
            },
        ),
        stage=Stage(settings={"disposable_domains": ["disposable.example"]}),
        rows=("3.3 not_allowed_access",),
    ),
    _case(
        "plain_http_redirect",
        "A production instance takes a redirect_url of plain http, or refuses it as insecure",
        Step(
            Ask(
                "POST",
                SINGLE,
                person("ada", redirect_url="http://example.com/welcome"),
                headers={"Authorization": f"Bearer {_PRODUCTION_KEY}"},
            ),
            {"accepted": _MADE, "422 insecure_url": refused(422, "insecure_url", param="redirect_url")},
        ),
        stage=Stage(settings={"secret_keys": [_PRODUCTION_KEY]}),
        rows=("1.2 redirect_url", "3.3 insecure_url"),
    ),
)

CASES: Final = (*_HOURS, *_LIMITS, *_SET_UP)
