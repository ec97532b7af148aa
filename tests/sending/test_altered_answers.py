"""Strict out, lenient in: whatever an answer lacks or has too much of, or of another type, everyone is invited once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from stage import ACME, Stage, checked, people

from clerkbulk.contract.target import Target
from clerkbulk.sending.state import Sum

POST = {"method": "POST"}
FIELDS = ("object", "id", "email_address", "status", "created_at", "updated_at", "expires_at", "public_metadata", "url")
TARGETS = pytest.mark.parametrize("target", [None, ACME], ids=["application", "organization"])


def everyone_once(stage: Stage, target: Target | None, number: int = 25) -> None:
    """Send to so many people and look at the emulator's own record."""
    kind = "invitations" if target is None else "organization_invitations"
    job = stage.send(checked(people(number), target))
    assert job.sum() == Sum(number, sent=number)
    assert stage.invited(kind) == Counter(people(number))


@pytest.mark.parametrize("change", ["remove", "retype"])
@pytest.mark.parametrize(
    ("field", "target"), [*((field, None) for field in FIELDS), ("email_address", ACME), ("id", ACME)]
)
def test_a_field_of_each_created_invitation_is_gone_or_of_another_type(
    tmp_path: Path, field: str, target: Target | None, change: str
) -> None:
    """Even without the address by which a row is known: then its rows are looked up, and not sent again."""
    stage = Stage(tmp_path)
    stage.backend.faults([{**POST, "do": "alter", change: [field], "times": 2}])
    everyone_once(stage, target)
    assert len(stage.posts()) == 3


@TARGETS
def test_every_answer_has_fields_nobody_knows(tmp_path: Path, target: Target | None) -> None:
    """New fields in items and around them, in reads too, change nothing."""
    stage = Stage(tmp_path)
    more = {"do": "alter", "add": {"new_field": 1, "newer": {"nested": [None]}}, "share": 1}
    stage.backend.faults({"rate": [more]})
    everyone_once(stage, target)
    stage = Stage(tmp_path / "around")
    (tmp_path / "around").mkdir()
    stage.backend.faults({"rate": [{**more, "of": "answer"}]})
    everyone_once(stage, target)


@pytest.mark.parametrize(
    "change",
    [{"remove": ["total_count"]}, {"retype": ["total_count"]}, {"remove": ["data"]}, {"retype": ["data"]},
     {"add": {"data": None}}, {"add": {"data": [None, 7, "x", []]}}],
    ids=str,
)  # fmt: skip
def test_the_answer_around_the_created_invitations_is_not_what_it_was(tmp_path: Path, change: dict[str, Any]) -> None:
    """Without data nothing is accounted for: the rows are looked up."""
    stage = Stage(tmp_path)
    stage.backend.faults([{**POST, "do": "alter", "of": "answer", **change, "times": 2}])
    everyone_once(stage, ACME)
    assert len(stage.posts()) == 3


@pytest.mark.parametrize(
    "change", [{"remove": ["errors"]}, {"retype": ["errors"]}, {"add": {"errors": [None, 7, {}]}}, {"add": {"meta": 7}}]
)
def test_a_refusal_that_cannot_be_read_loses_nobody(tmp_path: Path, change: dict[str, Any]) -> None:
    """One who was invited meanwhile sinks the call; whose fault it was is found out, and the others are invited."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(12)))
        job.preflight(client)
        stage.backend.seed({"invitations": [{"email_address": people(12)[3]}]})
        stage.backend.faults([{**POST, "do": "alter", "of": "answer", **change}])
        stage.steps(job, client)
        sum_ = job.sum()
        assert (sum_.rows, sum_.open, sum_.sent + sum_.already_there + sum_.refused) == (12, 0, 12)
    assert stage.invited() == Counter(people(12))


@pytest.mark.parametrize("change", ["remove", "retype"])
@pytest.mark.parametrize(
    ("field", "target"),
    [*((field, None) for field in ("id", "expires_at", "status", "url", "created_at")), ("created_at", ACME)],
)
def test_what_is_read_back_after_a_lost_answer_is_not_what_it_was(
    tmp_path: Path, field: str, target: Target | None, change: str
) -> None:
    """Found without a time or an id, an invitation is there already, as far as anybody can know; none is made again."""
    stage = Stage(tmp_path)
    altered = {"method": "GET", "do": "alter", change: [field], "share": 1, "times": 12}
    stage.backend.faults({"faults": [{**POST, "do": "drop", "when": "after"}], "rate": [altered]})
    sum_ = stage.send(checked(people(25), target)).sum()
    assert (sum_.sent + sum_.already_there, sum_.open) == (25, 0)
    assert sum_.sent == 25 or field in {"id", "created_at"}
    kind = "invitations" if target is None else "organization_invitations"
    assert stage.invited(kind) == Counter(people(25))


ROUGH = [
    {**POST, "share": 0.1, "do": "drop", "when": "before"},
    {**POST, "share": 0.1, "do": "drop", "when": "after"},
    {**POST, "share": 0.1, "do": "truncate", "when": "before"},
    {**POST, "share": 0.1, "do": "truncate", "when": "after"},
    {**POST, "share": 0.1, "do": "alter", "retype": ["email_address"]},
    {**POST, "share": 0.1, "do": "alter", "remove": ["data", "id"], "of": "answer"},
    {**POST, "share": 0.1, "do": "html", "when": "after"},
    {**POST, "share": 0.1, "do": "garbage", "when": "after"},
    {**POST, "share": 0.1, "do": "status", "status": 429, "headers": {"Retry-After": "0"}},
    {"method": "GET", "share": 0.05, "do": "status", "status": 503},
    {"method": "GET", "share": 0.05, "do": "delay", "seconds": 2},
    {"method": "GET", "share": 0.1, "do": "alter", "add": {"new_field": 1}, "of": "answer"},
]  # fmt: skip


@TARGETS
@pytest.mark.parametrize("seed", range(3))
def test_a_rough_hour_loses_nobody_and_doubles_nobody(tmp_path: Path, target: Target | None, seed: int) -> None:
    """Half of all calls go wrong in some way, drawn by a seed; each of ninety people is invited once."""
    stage = Stage(tmp_path)
    stage.backend.faults({"rate": ROUGH, "seed": seed})
    everyone_once(stage, target, 90)
    assert any(rate["struck"] for rate in stage.backend.faults_now()["rate"])
