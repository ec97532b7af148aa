"""The proof at the end of the demo: it fails wherever ledger and emulator disagree, and holds where they agree."""

from __future__ import annotations

from typing import Any

import pytest

import clerkbulk as cb
from clerkbulk.demo.proof import prove
from clerkbulk.sending.after.results import Result, Results
from clerkbulk.sending.state import RowState, Sum


def _results(*rows: tuple[RowState, str, str | None]) -> Results:
    made = [
        Result(line, (), state, address, None, None, None, invitation, None, None)
        for line, (state, address, invitation) in enumerate(rows, 2)
    ]
    return Results((), "people.csv", made)


def _there(*made: tuple[str, str, int]) -> dict[str, Any]:
    wire = [{"id": id_, "email_address": address, "created_at": at} for id_, address, at in made]
    return {"invitations": wire, "organization_invitations": []}


ADA = (RowState.SENT, "ada@example.com", "inv_1")
BOB = (RowState.ALREADY_THERE, "bob@example.com", None)
OLD_BOB = ("inv_0", "bob@example.com", 500)
NEW_ADA = ("inv_1", "ADA@example.com", 1000)
BROKEN = [
    (_results(ADA, BOB), Sum(2, sent=2), _there(OLD_BOB, NEW_ADA), "the results say"),
    (_results((RowState.LEFT, "ada@example.com", None)), Sum(1, left=1), _there(), "1 rows are left"),
    (_results(ADA, BOB), Sum(2, sent=1, already_there=1), _there(OLD_BOB), "the emulator made 0 invitations"),
    (_results(BOB), Sum(1, already_there=1), _there(OLD_BOB, NEW_ADA), "the emulator made 1 invitations"),
    (_results(ADA), Sum(1, sent=1), _there(("inv_1", "eve@example.com", 1000)), "the emulator made 1 invitations"),
    (_results(ADA), Sum(1, sent=1), _there(("inv_0", "ada@example.com", 500), NEW_ADA), "1 people were invited twice"),
]


@pytest.mark.parametrize(("results", "sum_", "state", "said"), BROKEN, ids=[said for *_, said in BROKEN])
def test_the_proof_fails_where_it_should(results: Results, sum_: Sum, state: dict[str, Any], said: str) -> None:
    """Each way in which ledger and emulator could disagree ends the demo with an error."""
    with pytest.raises(AssertionError, match=f"The demo went wrong: .*{said}"):
        prove(results, sum_, cb.Application(), state, since=1.0)


def test_the_proof_holds_where_it_should() -> None:
    """One invited by us, one there before: the two are told apart."""
    proof = prove(
        _results(ADA, BOB), Sum(2, sent=1, already_there=1), cb.Application(), _there(OLD_BOB, NEW_ADA), since=1.0
    )
    assert (proof.made, proof.before) == (1, 1)
