"""A lost reply at an instance whose lists lag behind: nobody is invited twice, and nobody is left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from stage import ACME, Stage, checked, people

import clerkbulk as cb


@pytest.mark.parametrize("lag", [0, 5, 45])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("target", "kind"), [(cb.Application(), "invitations"), (ACME, "organization_invitations")])
def test_a_lost_reply_under_a_lag_is_settled_by_waiting(
    tmp_path: Path, lag: int, when: str, target: Any, kind: str
) -> None:
    """Whether the work was done or not, and however late the lists say so, each of fifteen people is invited once."""
    stage = Stage(tmp_path, listing_lag=lag)
    stage.backend.faults([{"do": "drop", "method": "POST", "when": when}])
    job = stage.send(checked(people(15), target))
    assert job.sum().sent == 15
    assert stage.invited(kind) == dict.fromkeys(people(15), 1)
    assert stage.posts()[0]["status"] == 0


def test_with_ignore_existing_a_lag_makes_no_second_invitation(tmp_path: Path) -> None:
    """Clerk would take the same people again, so a resend before the lists have caught up would be a second e-mail."""
    stage = Stage(tmp_path, listing_lag=45)
    stage.backend.faults([{"do": "drop", "method": "POST", "when": "after"}])
    job = stage.send(checked(people(10), ignore_existing=True))
    assert job.sum().sent == 10
    assert stage.invited() == dict.fromkeys(people(10), 1)
    assert len(stage.posts()) == 1


@pytest.mark.parametrize("lag", [0, 5, 45])
def test_with_ignore_existing_a_refused_call_that_made_some_is_waited_for_too(tmp_path: Path, lag: int) -> None:
    """Where a call is refused for one and makes the others, and no list shows them yet, they are not sent again."""
    stage = Stage(tmp_path, listing_lag=lag, atomicity="partial", blocklist=("p3@example.com",))
    job = stage.send(checked(people(5), ignore_existing=True))
    invited = [address for address in people(5) if address != "p3@example.com"]
    assert stage.invited() == dict.fromkeys(invited, 1)
    assert (job.sum().sent, job.sum().refused) == (4, 1)
