"""The live target leaves an instance as it was, however a run ends: shown against emulated instances."""

from __future__ import annotations

from typing import Any

import pytest
from instances import every_invitation, instance, live, pending

from clerkbulk.contract.cases.case import Ask, Case, Expect, Need, Step
from clerkbulk.contract.fact import Fact, Mark
from clerkbulk.errors import NotReachable
from clerkbulk.suite.live import LiveTarget
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


def test_everything_is_revoked_after_each_case() -> None:
    """What a case has made is revoked when its outcome is handed out, in the application and the organization."""
    with instance() as clerk, live(clerk) as target:
        for outcome in run_cases([_case(_invite("ada", "bob")), TO_ORGANIZATION], target):
            assert outcome.verdict is Verdict.HOLDS
            assert pending(clerk) == []
        assert [one["status"] for one in every_invitation(clerk)] == ["revoked"] * 4
    assert target.left == ()


def test_an_invitation_the_case_has_revoked_is_left_alone() -> None:
    """What a case has revoked itself is not revoked again."""
    made = Step(Ask("POST", BULK, [_item("ada")]), Expect(200, keep={"made": "0/id"}))
    revoked = Step(Ask("POST", "/v1/invitations/{made}/revoke"), Expect(200))
    with instance() as clerk, live(clerk) as target:
        list(run_cases([_case(made, revoked)], target))
        assert sum(call["path"].endswith("/revoke") for call in clerk.calls()) == 1


@pytest.mark.parametrize("do", ["drop", "garbage", "html", "truncate"])
@pytest.mark.parametrize("case", [_case(_invite("ada", "bob")), TO_ORGANIZATION], ids=["application", "organization"])
def test_a_lost_reply_leaves_nothing_behind(do: str, case: Case) -> None:
    """Invitations whose reply was lost are found by their addresses and revoked; the case that ran is no difference."""
    with instance() as clerk, live(clerk) as target:
        path = case.steps[0].ask.path.replace("{org}", "org_acme")
        clerk.faults([{"do": do, "when": "after", "method": "POST", "path": path}])
        (outcome,) = run_cases([case], target)
        # Half a JSON text with 200 is all that this case asks for; a proxy's 502 is a difference; no answer is none.
        assert outcome.verdict is {"garbage": Verdict.HOLDS, "html": Verdict.DIFFERS}.get(do, Verdict.NOT_RUN)
        assert len(every_invitation(clerk)) == 2
        assert pending(clerk) == []
    assert target.left == ()


@pytest.mark.parametrize("do", ["drop", "html"])
def test_a_lost_reply_is_found_though_lists_lag(do: str) -> None:
    """Where lists show an invitation half a minute late, the end of the run waits for it and revokes it."""
    said: list[str] = []
    with instance(listing_lag=30) as clerk:
        with live(clerk, say=said.append) as target:
            clerk.faults([{"do": do, "when": "after", "method": "POST", "path": BULK}])
            list(run_cases([_case(_invite("ada"))], target))
        assert [one["status"] for one in every_invitation(clerk)] == ["revoked"]
    assert target.left == ()
    assert said == ["Looking once more in 60 seconds for invitations that the lists were late to show."]


def test_half_of_a_refused_call_is_revoked() -> None:
    """Where a refused call creates the others, they are revoked although no answer has named them."""
    refused = Step(Ask("POST", BULK, [_item("ada"), _item("bob", expires_in_days=0)]), Expect(422))
    for lag in (0, 30):
        with instance(atomicity="partial", listing_lag=lag) as clerk:
            with live(clerk) as target:
                list(run_cases([_case(refused)], target))
            assert [one["status"] for one in every_invitation(clerk)] == ["revoked"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
@pytest.mark.parametrize("at", range(1, 6))
def test_an_interrupted_run_leaves_nothing_pending(
    monkeypatch: pytest.MonkeyPatch, at: int, error: type[BaseException]
) -> None:
    """Interrupted right after any of its calls has come back, a run revokes what was made before it ends."""
    case = _case(_invite("ada"), _invite("bob", "cleo"), _invite_to_organization("dan"), needs=frozenset(Need))
    with instance() as clerk:
        target = live(clerk)
        _interrupt(monkeypatch, target, at, error)
        with target:
            with pytest.raises(error):
                list(run_cases([case, case], target))
            # Before the end of the run: not everybody who is interrupted gets there.
            assert len(every_invitation(clerk)) == {1: 1, 2: 3, 3: 4, 4: 5, 5: 7}[at]
            assert pending(clerk) == []
        assert pending(clerk) == []
    assert target.left == ()


def _interrupt(monkeypatch: pytest.MonkeyPatch, target: LiveTarget, at: int, error: type[BaseException]) -> None:
    """Let the at-th creating call come back as an interruption: it was made, and nobody has read the answer."""
    wire, seen = target.wire, 0
    proper = wire.call

    def call(ask: Ask) -> Any:
        nonlocal seen
        answer = proper(ask)
        seen += ask.creates
        if ask.creates and seen == at:
            raise error
        return answer

    monkeypatch.setattr(wire, "call", call)


def test_what_could_not_be_revoked_is_said() -> None:
    """Where a revocation is refused for good, the invitation is named with its address and the reason."""
    with instance() as clerk:
        with live(clerk) as target:
            script = {"do": "status", "status": 403, "method": "POST", "path": "/v1/invitations", "times": 100}
            once = {"do": "pass", "method": "POST", "path": BULK}
            clerk.faults([once, script])
            list(run_cases([_case(_invite("ada"))], target))
        (made,) = every_invitation(clerk)
        assert target.left == (
            f"{made['id']} to ada.r11+clerk_test@example.com was not revoked: the revocation was answered 403.",
        )


def test_clerk_gone_in_the_middle_is_said() -> None:
    """Where Clerk goes away in the middle of a case the run ends, and says what may be left."""
    with instance() as clerk:
        clerk.faults([{"do": "pass", "times": 2}, {"do": "drop", "times": 500}])
        target = live(clerk)
        with pytest.raises(NotReachable), target:
            list(run_cases([_case(_invite("ada"), _invite("bob")), _case(_invite("ada"))], target))
        assert pending(clerk) == ["ada.r11+clerk_test@example.com"]
        assert target.left != ()
        assert "ada.r11+clerk_test@example.com" in " ".join(target.left)
