"""Whoever was withdrawn is not invited by the next sheet unasked: a bucket of their own, left out unless you say so."""

from __future__ import annotations

from pathlib import Path

import pytest
from stage import ACME, Place, Stage, checked, people
from withdrawals import statuses, withdraw

import clerkbulk as cb
from clerkbulk.sending.before.preflight import Bucket, Decision, Policy
from clerkbulk.sending.state import Sum

SEND = Policy({Bucket.WITHDRAWN_BY_YOU: Decision.SEND})


def found_by(stage: Stage, table: cb.Checked, policy: Policy | None = None) -> dict[str, list[int]]:
    """Return the lines by bucket, as preflight of a new job has them."""
    with stage.ledger() as ledger, stage.client() as client:
        found = ledger.job(table).preflight(client, policy)
    return {bucket.value: [row.line for row in rows] for bucket, rows in found.buckets.items()}


def send(stage: Stage, table: cb.Checked, policy: Policy | None = None) -> Sum:
    """Preflight and send, as clerkbulk send --yes does."""
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(table)
        job.preflight(client, policy)
        stage.steps(job, client)
        return job.sum()


@pytest.mark.parametrize("target", [None, ACME])
def test_a_changed_sheet_does_not_invite_them_again(place: Place, target: cb.Organization | None) -> None:
    """Two of three were withdrawn; a sheet with one more person invites that one, and says why not the two."""
    stage = Stage(place)
    withdraw(stage, stage.send(checked(people(3), target)).id, lines=[1, 3])
    changed = checked(people(4), target)
    assert found_by(stage, changed) == {"withdrawn_by_you": [1, 3], "ready": [4]}
    assert send(stage, changed) == Sum(4, sent=1, already_there=1, refused=2)
    assert statuses(stage, target) == {"pending": 2, "revoked": 2}
    with stage.ledger() as ledger:
        (told,) = {(one.code, one.reason, one.remedy) for one in ledger.job(changed).results().only("refused")}
        assert not ledger.job(changed).results().to_fix()
        assert not ledger.job(changed).results().still_to_do()
    assert told[0] == "withdrawn_by_you"
    assert "you took the invitation back" in told[1]
    assert "--decide withdrawn_by_you=send" in told[2]


def test_whoever_says_so_invites_them_again(tmp_path: Path) -> None:
    """The decision is enough: that Clerk lists the invitation as revoked is no second question."""
    stage = Stage(tmp_path)
    withdraw(stage, stage.send(checked(people(2))).id)
    assert found_by(stage, checked(people(2)), SEND) == {"withdrawn_by_you": [1, 2]}
    assert send(stage, checked(people(2)), SEND) == Sum(2, sent=2)
    assert statuses(stage) == {"pending": 2, "revoked": 2}


def test_the_last_word_counts(tmp_path: Path) -> None:
    """Withdrawn, invited again by you, and expired since: that one is asked about, as anybody's."""
    stage = Stage(tmp_path)
    withdraw(stage, stage.send(checked(people(1))).id)
    stage.clock.advance(86_400)
    assert send(stage, checked(people(1)), SEND) == Sum(1, sent=1)
    stage.clock.advance(40 * 86_400)
    assert found_by(stage, checked(people(2))) == {"invited_before": [1], "ready": [2]}


def test_another_target_is_another_matter(tmp_path: Path) -> None:
    """Withdrawn from the organization, and invited to the application."""
    stage = Stage(tmp_path)
    withdraw(stage, stage.send(checked(people(1), ACME)).id)
    assert found_by(stage, checked(people(1))) == {"ready": [1]}


def test_what_another_finding_says_goes_first(tmp_path: Path) -> None:
    """Somebody has invited the person by hand meanwhile: already there, whoever took what back."""
    stage = Stage(tmp_path)
    withdraw(stage, stage.send(checked(people(1))).id)
    stage.backend.seed({"invitations": [{"email_address": "p1@example.com"}]})
    assert found_by(stage, checked(people(2)), SEND) == {"already_invited": [1], "ready": [2]}


def test_the_comparison_says_who_was_withdrawn_and_what_becomes_of_them(tmp_path: Path) -> None:
    """They are not among those whom the sheet invites."""
    stage = Stage(tmp_path)
    first = stage.send(checked(people(3)))
    withdraw(stage, first.id, lines=[2])
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(4)))
        job.bind(client)
        changes = job.changes()
    assert changes is not None
    head, said = changes.sentences(stage.clock.now())
    assert head.endswith("Only new people are invited.")
    assert said == (
        "1 was withdrawn from that job (line 2 there): preflight leaves the person out, unless --decide "
        "withdrawn_by_you=send says to invite the person again."
    )
