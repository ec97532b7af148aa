"""The live target, shown against emulated instances: what it sends, what it spends, what it leaves behind."""

from __future__ import annotations

from typing import Any

import pytest
from instances import KEY, PEOPLE, creating_calls, every_invitation, instance, live, pending

from clerkbulk.contract.cases.case import Ask, Case, Expect, Need, Stage, Step
from clerkbulk.contract.cases.every import CASES
from clerkbulk.contract.fact import Fact, Mark
from clerkbulk.errors import InputError, KeyRefused, NotReachable
from clerkbulk.suite.desk import NotHere
from clerkbulk.suite.live import SINGLES_PER_CALL, LiveTarget
from clerkbulk.suite.running import Verdict, run_cases

BULK = "/v1/invitations/bulk"
SINGLE = "/v1/invitations"
ORGANIZATION_BULK = "/v1/organizations/{org}/invitations/bulk"


def _case(*steps: Step, name: str = "a-case", **more: Any) -> Case:
    return Case(name=name, promise="A promise.", fact=Fact(Mark.DOCUMENTED, "a test"), rows=(), steps=steps, **more)


def _item(name: str, **more: Any) -> dict[str, Any]:
    return {"email_address": f"{{{name}}}", "notify": False, **more}


def _invite(*names: str) -> Step:
    return Step(Ask("POST", BULK, [_item(name) for name in names]), Expect(200))


def _invite_to_organization(*names: str) -> Step:
    return Step(Ask("POST", ORGANIZATION_BULK, [_item(name, role="org:member") for name in names]), Expect(200))


TO_ORGANIZATION = _case(_invite_to_organization("ada", "bob"), needs=frozenset({Need.ORGANIZATION}))


def test_a_live_key_is_refused_before_anything_is_sent() -> None:
    """A live key opens no live target: the sentence says so, and no call is made."""
    with instance(secret_keys=["sk_live_fake"]) as clerk:
        with pytest.raises(InputError, match=r"This is a live key.*sk_test_\. Nothing was sent\."):
            live(clerk, key="sk_live_fake")
        assert clerk.calls() == []


def test_an_old_development_key_will_do() -> None:
    """A key of the old form, test_..., opens a development instance, too."""
    with instance(secret_keys=["test_fake"]) as clerk, live(clerk, key="test_fake") as target:
        outcomes = list(run_cases([_case(_invite("ada"))], target))
        assert [outcome.verdict for outcome in outcomes] == [Verdict.HOLDS]


@pytest.mark.parametrize("run", ["", "R1", "a-b", "a" * 17])
def test_a_run_is_a_short_token(run: str) -> None:
    """A run that would not make a plain address is refused."""
    with instance() as clerk, pytest.raises(InputError, match="is no token of a run"):
        live(clerk, run=run)


def test_a_user_without_the_marker_is_refused() -> None:
    """A user's address without +clerk_test is refused before anything is sent: it may be a person's."""
    with instance() as clerk:
        with pytest.raises(InputError, match=r"boss@example.com is without \+clerk_test"):
            live(clerk, user_address="boss@example.com")
        assert clerk.calls() == []


def test_a_key_clerk_does_not_know_ends_the_run() -> None:
    """A key that is not accepted raises KeyRefused at once, whatever the number of cases."""
    with instance() as clerk, live(clerk, key="sk_test_other") as target:
        with pytest.raises(KeyRefused, match="does not accept the secret key"):
            list(run_cases([_case(_invite("ada")), _case(_invite("bob"))], target))
        assert [call["path"] for call in clerk.calls()] == ["/v1/instance"]


def test_nobody_there_ends_the_run() -> None:
    """An address at which nobody listens raises NotReachable at once."""
    with instance() as clerk:
        url, clock = clerk.url, clerk.clock
    with LiveTarget(KEY, url, run="r1", clock=clock) as target, pytest.raises(NotReachable):
        list(run_cases([_case(_invite("ada")), _case(_invite("bob"))], target))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ([{"email_address": "ada@example.com", "notify": False}], "ada@example.com is without +clerk_test"),
        ([{"email_address": "ada+clerk_test@example.com"}], "without notify false"),
        ([{"email_address": "ada+clerk_test@example.com", "notify": True}], "without notify false"),
        ([{"email_address": "ada+clerk_test@example.com", "notify": None}], "without notify false"),
        ([{"Email_Address": "ada@example.com", "notify": False}], "ada@example.com is without +clerk_test"),
        ({"invitations": [{"email_address": "ada@example.com"}]}, "ada@example.com is without +clerk_test"),
        (["ada@example.com"], "ada@example.com is without +clerk_test"),
        ([{"email_address": "clerk_test+ada@example.com", "notify": False}], "is without +clerk_test"),
        (b'[{"email_address": "ada@example.com", "notify": false}]', "ada@example.com is without +clerk_test"),
        (b'[{"email_address": "ada+clerk_test@example.com"', "cannot be read, and has an address in it"),
    ],
)
@pytest.mark.parametrize("path", [BULK, SINGLE, "/v1/organizations/org_acme/invitations/bulk"])
def test_no_call_leaves_that_might_reach_a_person(path: str, body: Any, why: str) -> None:
    """A creating call with an address without the marker, or without notify false, does not leave; the case is told."""
    with instance() as clerk, live(clerk) as target:
        with target.desk(_case(_invite("ada"))) as desk, pytest.raises(NotHere) as told:
            desk.call(Ask("POST", path, body))
        assert why in str(told.value)
        assert every_invitation(clerk) == []
        assert creating_calls(clerk, bulk=True) + creating_calls(clerk, bulk=False) == 0


@pytest.mark.parametrize(
    "ask",
    [
        Ask("DELETE", "/v1/users/user_boss"),
        Ask("POST", "/v1/users", {"email_address": ["ada+clerk_test@example.com"]}),
        Ask("PATCH", "/v1/organizations/org_acme", {"name": "Other"}),
        Ask("POST", "/v1/organizations/org_acme/memberships", {"user_id": "user_stranger", "role": "org:admin"}),
    ],
)
def test_nothing_but_invitations_is_changed(ask: Ask) -> None:
    """A call that might change anything else does not leave."""
    with instance() as clerk, live(clerk) as target:
        with target.desk(_case(_invite("ada"))) as desk, pytest.raises(NotHere, match="no invitation"):
            desk.call(ask)
        assert [call["path"] for call in clerk.calls()] == ["/v1/instance"]


def test_other_peoples_invitations_stay() -> None:
    """An invitation that was there before stays pending, also one to the very user the cases write to."""
    people = {**PEOPLE, "invitations": [{"id": "inv_old", "email_address": "stranger+clerk_test@example.com"}]}
    again = Step(Ask("POST", BULK, [_item("user_address", ignore_existing=True)]), Expect(200))
    with instance(people, ignore_existing_users="invited") as clerk, live(clerk) as target:
        outcomes = list(run_cases([_case(again, needs=frozenset({Need.USER}))], target))
        assert [outcome.verdict for outcome in outcomes] == [Verdict.HOLDS]
        assert {one["id"]: one["status"] for one in every_invitation(clerk)}["inv_old"] == "pending"
        assert len(every_invitation(clerk)) == 2
        assert len(pending(clerk)) == 1


def test_a_strangers_invitation_is_not_revoked_by_a_case() -> None:
    """A case that would revoke an invitation it has only read of does not: the call stays here."""
    people = {**PEOPLE, "invitations": [{"id": "inv_old", "email_address": "somebody@example.com"}]}
    read = Step(Ask("GET", SINGLE), Expect(200, keep={"first": "0/id"}))
    revoke = Step(Ask("POST", "/v1/invitations/{first}/revoke"), Expect(200))
    with instance(people) as clerk, live(clerk) as target:
        (outcome,) = run_cases([_case(read, revoke)], target)
        assert outcome.verdict is Verdict.NOT_RUN
        assert "not the suite's" in str(outcome.why)
        assert pending(clerk) == ["somebody@example.com"]


def test_no_two_cases_share_an_address() -> None:
    """Every case has addresses of its own, with the run in them, so that none meets what another has left."""
    with instance() as clerk, live(clerk, run="k7") as target:
        list(run_cases([_case(_invite("ada")), _case(_invite("ada"))], target))
        assert sorted(one["email_address"] for one in every_invitation(clerk)) == [
            "ada.k71+clerk_test@example.com",
            "ada.k72+clerk_test@example.com",
        ]


def test_cases_that_need_a_stage_are_not_run() -> None:
    """What cannot be arranged from outside is not run, and the reason is said."""
    staged = _case(_invite("ada"), stage=Stage(calls_before={BULK: 25}))
    kept_out = _case(_invite("ada"), not_live="it would take a month")
    slow = _case(Step(Ask("GET", SINGLE), Expect(200), wait=3600))
    with instance() as clerk, live(clerk) as target:
        outcomes = list(run_cases([staged, kept_out, slow], target))
        assert [outcome.verdict for outcome in outcomes] == [Verdict.NOT_RUN] * 3
        assert [outcome.why for outcome in outcomes] == [
            "what must be there before cannot be arranged from outside",
            "it would take a month",
            "it lets 3600 seconds pass",
        ]
        assert creating_calls(clerk, bulk=True) == 0


@pytest.mark.parametrize(
    ("need", "people", "why"),
    [
        (Need.USER, {"users": []}, "no user outside of the organization has an address with +clerk_test: make one"),
        (Need.MEMBER, {"memberships": PEOPLE["memberships"][:1]}, "no member of the organization has an address with"),
        (Need.ADMIN, {"memberships": PEOPLE["memberships"][1:]}, "the organization has no administrator: make"),
        (
            Need.OUTSIDER,
            {"users": PEOPLE["users"][:1], "memberships": PEOPLE["memberships"][:1]},
            "there is no user who does not administer the organization: make one",
        ),
    ],
)
def test_who_is_missing_is_said(need: Need, people: dict[str, Any], why: str) -> None:
    """A case that needs somebody who is not there is not run; the reason says what to do in the Dashboard."""
    given = {"memberships": [], **{key: PEOPLE[key] for key in ("organizations", "users", "memberships")}, **people}
    known = {user["id"] for user in given["users"]}
    given["memberships"] = [one for one in given["memberships"] if one["user_id"] in known]
    with instance(given) as clerk, live(clerk) as target:
        (outcome,) = run_cases([_case(_invite("ada"), needs=frozenset({need}))], target)
        assert outcome.verdict is Verdict.NOT_RUN
        assert str(outcome.why).startswith(why)


def test_who_is_there_is_found() -> None:
    """User, member, administrator and outsider are read from the instance; addresses have the marker."""
    with instance() as clerk, live(clerk) as target:
        assert dict(target.cast.names) == {
            "org": "org_acme",
            "user_address": "stranger+clerk_test@example.com",
            "member_address": "worker+clerk_test@example.com",
            "admin_id": "user_boss",
            "outsider_id": "user_worker",
        }


def test_without_an_organization_its_cases_are_not_run() -> None:
    """Without an organization those cases are left out, and the others are run."""
    with instance() as clerk, live(clerk, organization_id=None) as target:
        outcomes = list(run_cases([TO_ORGANIZATION, _case(_invite("ada"))], target))
        assert [outcome.verdict for outcome in outcomes] == [Verdict.NOT_RUN, Verdict.HOLDS]
        assert str(outcomes[0].why).startswith("no organization was named: pass --org")


def test_an_organization_that_is_not_there_is_said_once() -> None:
    """An organization the instance does not have is an error of whoever named it, not a difference of each case."""
    with instance() as clerk, live(clerk, organization_id="org_none") as target:
        with pytest.raises(InputError, match="has no organization org_none: check --org"):
            list(run_cases([TO_ORGANIZATION], target))
        assert creating_calls(clerk, bulk=True) == 0


def test_a_full_organization_is_said() -> None:
    """Where more people would be invited than the organization has seats left, the case is not run."""
    people = {**PEOPLE, "organizations": [{"id": "org_acme", "name": "Acme", "max_allowed_memberships": 3}]}
    with instance(people) as clerk, live(clerk) as target:
        (outcome,) = run_cases([TO_ORGANIZATION], target)
        assert outcome.why == (
            "it invites 2 to the organization, which has 1 seats left: raise its membership limit in the Dashboard"
        )


def test_no_more_calls_are_spent_than_allowed() -> None:
    """Cases beyond the calls that may be spent are not run, and the reason says how to allow more."""
    two = _case(_invite("ada"), _invite("bob"))
    with instance() as clerk, live(clerk, calls=3) as target:
        one = _case(_invite("ada"))
        outcomes = list(run_cases([two, two, one, TO_ORGANIZATION, one], target))
        assert [outcome.verdict for outcome in outcomes] == [
            Verdict.HOLDS,
            Verdict.NOT_RUN,
            Verdict.HOLDS,
            Verdict.HOLDS,
            Verdict.NOT_RUN,
        ]
        assert outcomes[4].why == f"it makes 1 call of {BULK}, and 0 may still be made: --calls allows more"
        assert outcomes[1].why == f"it makes 2 calls of {BULK}, and 1 may still be made: --calls allows more"
        assert dict(target.spent) == {BULK: 3, "/v1/organizations/{organization_id}/invitations/bulk": 1}
        assert creating_calls(clerk, bulk=True) == 4


def test_single_calls_are_counted_too() -> None:
    """Four single calls may be made for each bulk call."""
    single = _case(Step(Ask("POST", SINGLE, _item("ada")), Expect(200)))
    with instance() as clerk, live(clerk, calls=1) as target:
        outcomes = list(run_cases([single] * 6, target))
        assert [outcome.verdict for outcome in outcomes].count(Verdict.HOLDS) == SINGLES_PER_CALL
        assert creating_calls(clerk, bulk=False) == 4


def test_an_hour_used_up_by_others_is_no_difference() -> None:
    """A 429 to a creating call says nothing about a case: it is not run, nor any other that needs that hour."""
    with instance() as clerk, live(clerk) as target:
        clerk.faults(
            [{"do": "status", "status": 429, "method": "POST", "path": BULK, "headers": {"Retry-After": "90"}}]
        )
        outcomes = list(run_cases([_case(_invite("ada")), _case(_invite("ada")), TO_ORGANIZATION], target))
        assert [outcome.verdict for outcome in outcomes] == [Verdict.NOT_RUN, Verdict.NOT_RUN, Verdict.HOLDS]
        assert outcomes[0].why == f"the hour of {BULK} is used up by others: run it again in 90 seconds"
        assert outcomes[1].why == f"the hour of {BULK} is used up: run it again in 2 minutes"
        assert creating_calls(clerk, bulk=True) == 2


def test_reads_keep_under_the_general_limit() -> None:
    """Two hundred reads on a clock that stands still meet no 429: the pace is kept on the clock."""
    reads = _case(*[Step(Ask("GET", SINGLE), Expect(200))] * 200)
    with instance() as clerk, live(clerk) as target:
        (outcome,) = run_cases([reads], target)
        assert outcome.verdict is Verdict.HOLDS
        assert {call["status"] for call in clerk.calls()} == {200}


def test_a_read_that_is_answered_429_is_made_again() -> None:
    """A 429 to a read is waited out on the clock for as long as Clerk says."""
    with instance() as clerk, live(clerk) as target:
        clerk.faults(
            [{"do": "status", "status": 429, "method": "GET", "path": SINGLE, "headers": {"Retry-After": "7"}}]
        )
        (outcome,) = run_cases([_case(Step(Ask("GET", SINGLE), Expect(200)))], target)
        assert outcome.verdict is Verdict.HOLDS
        first, second = [call for call in clerk.calls() if call["path"] == SINGLE]
        assert (first["status"], second["status"]) == (429, 200)
        assert second["time"] - first["time"] == 7000


def test_every_case_can_be_run_live() -> None:
    """All cases hold against an instance with the assumed answers; no address is unmarked, no mail sent, none left.

    Two are not sent, because a notify that is neither true nor false might be taken for true.
    """
    not_sent = []
    with instance() as clerk:
        with live(clerk, calls=500) as target:
            for case in CASES:
                # Each case has an hour of its own: the number of calls is another test's.
                clerk.advance(3700)
                (outcome,) = run_cases([case], target)
                assert outcome.verdict is not Verdict.DIFFERS, outcome
                if outcome.verdict is Verdict.NOT_RUN and not case.why_not_live:
                    not_sent.append(case.name)
        assert [name for name in not_sent if "notify-a-number" not in name] == []
        _check_harmless(clerk)


def _check_harmless(clerk: Any) -> None:
    assert pending(clerk) == []
    assert all("+clerk_test@" in one["email_address"] for one in every_invitation(clerk))


def test_the_whole_run_keeps_to_its_calls() -> None:
    """All cases in one run spend no more than is allowed of each endpoint."""
    with instance() as clerk:
        with live(clerk, calls=5) as target:
            outcomes = list(run_cases(CASES, target))
        assert len(outcomes) == len(CASES)
        assert all(number <= 5 for path, number in target.spent.items() if path.endswith("/bulk"))
        assert all(number <= 20 for number in target.spent.values())
        assert sum(target.spent.values()) == creating_calls(clerk, bulk=True) + creating_calls(clerk, bulk=False)
        _check_harmless(clerk)
