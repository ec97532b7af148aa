"""Temper, truth and company: what people are like, what is told of them, and the table they come in."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from lived import DAY, NOON

import clerkbulk as cb
from clerkbulk.errors import InputError
from clerkbulk.rehearsal import Temper, TrueLink, Truth, company
from clerkbulk.rehearsal.temper import throw


def test_how_many_have_come_grows_from_nobody_to_everybody_who_comes() -> None:
    """At the median of the tail half of it has come; long after, all who ever come."""
    assert Temper(0.8, quick=0, tail_days=6).accepted_by(6) == pytest.approx(0.4)
    assert Temper(0.8, quick=1, quick_hours=24).accepted_by(1) == pytest.approx(0.8 * (1 - 2.718281828**-1))
    temper = Temper(0.8, quick=0.5)
    assert (temper.accepted_by(-1), temper.accepted_by(0)) == (0, 0)
    assert temper.accepted_by(10_000) == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"accepts": 1.1}, "accepts is from 0 to 1, not 1.1"),
        ({"quick": -0.1}, "quick is from 0 to 1"),
        ({"reminded": 2}, "reminded"),
        ({"signs_up": 2}, "signs_up"),
        ({"signs_in": 2}, "signs_in"),
        ({"quick_hours": 0}, "quick_hours"),
        ({"tail_days": 0}, "tail_days"),
        ({"tail_spread": 0}, "tail_spread"),
        ({"visits": 0.5}, "visits is from 1 to 100, not 0.5"),
        ({"weeks": ()}, "weeks are one chance or more"),
        ({"weeks": (0.5, 1.5)}, "weeks is from 0 to 1, not 1.5"),
    ],
)
def test_a_temper_that_cannot_be_is_refused(wrong: dict[str, Any], said: str) -> None:
    """Each number has its bounds."""
    with pytest.raises(InputError, match=said):
        Temper(**{"accepts": 0.5, **wrong})


def test_dice_are_even_and_the_same_each_time() -> None:
    """Between 0 and 1, neither included, a tenth of them in each tenth; the same for the same, another for another."""
    thrown = [throw(7, place) for place in range(10_000)]
    assert all(0 < one < 1 for one in thrown)
    assert all(900 < number < 1100 for number in Counter(int(one * 10) for one in thrown).values())
    assert throw(7, "a", 1) == throw(7, "a", 1) != throw(7, "a", 2)


def _link(sent: float, ended: float | None, status: str, expires: float = 30) -> TrueLink:
    return TrueLink(
        f"inv_{sent}", NOON + sent * DAY, NOON + expires * DAY, status, None if ended is None else NOON + ended * DAY
    )


def _truth(*links: TrueLink, accepted: float | None = None, joined: float | None = None, **more: Any) -> Truth:
    times = [None if at is None else NOON + at * DAY for at in (accepted, joined)]
    record: dict[str, Any] = {
        "key": "ada@example.com", "group": "all", "organization_id": None, "links": links, "accepted_at": times[0],
        "accepted_id": None, "joined_at": times[1], "in_vain_at": (), "turned_away_at": (), "signed_in_at": (),
        "active_at": (), **more,
    }  # fmt: skip
    return Truth(**record)


@pytest.mark.parametrize(
    ("truth", "stages"),
    [
        (_truth(), {0: "waiting", 9: "waiting"}),
        (_truth(_link(1, None, "pending")), {0.9: "waiting", 1: "open", 29: "open"}),
        (_truth(_link(1, 3, "accepted"), accepted=3), {2: "open", 3: "accepted", 9: "accepted"}),
        (_truth(_link(1, 5, "expired", 5), joined=7), {4: "open", 5: "expired", 6: "expired", 7: "joined"}),
        (_truth(_link(1, 4, "revoked")), {3: "open", 4: "revoked"}),
        (_truth(_link(1, 4, "revoked", 4)), {3: "open", 4: "expired"}),
        (_truth(_link(1, 4, "revoked"), _link(5, 9, "expired", 9)), {4.5: "revoked", 5: "open", 9: "expired"}),
    ],
)
def test_where_somebody_stood_is_told_for_every_moment(truth: Truth, stages: dict[float, str]) -> None:
    """By the last end of their links, and by what brought them in; an end counts from its own moment on."""
    assert {day: truth.stage_at(NOON + day * DAY) for day in stages} == stages


def test_a_week_is_counted_from_a_day_after_coming_in() -> None:
    """Coming in, and whatever else is done on that day, is no coming back."""
    active = tuple(NOON + day * DAY for day in (2, 2.9, 10, 23.9))
    truth = _truth(_link(1, 2, "accepted"), accepted=2, active_at=active)
    assert [truth.came_back_in_week(week) for week in (1, 2, 3, 4)] == [False, True, True, False]
    assert not _truth(active_at=active).came_back_in_week(1)


def test_the_company_has_its_people_and_a_few_odd_lines() -> None:
    """Whom the check lets through are exactly the people of its life; the odd lines are found, each for what it is."""
    firm = company(seed=2027)
    checked = cb.check(firm.csv, metadata=["Department", "Office"])
    assert {item["email_address"]: item["public_metadata"]["Department"] for item in checked.items} == firm.departments
    rules = Counter(issue.rule for issue in checked.issues)
    assert (checked.rows, len(checked.items)) == (3024, 3000)
    assert rules["duplicate_address"] == firm.duplicates == 12
    assert rules["invalid_address"] + rules["missing_address"] == firm.broken == 12
    assert sum(rules.values()) == 24
    assert set(firm.tempers) == set(firm.departments.values()) == {"Sales", "Engineering", "Support"}
    assert min(Counter(firm.departments.values()).values()) > 600
    assert len({address.rpartition("@")[2] for address in firm.departments}) == 3


def test_the_company_is_the_same_for_the_same_seed() -> None:
    """Nobody has to keep the file; another seed has other people, and a company of one is one."""
    assert company(300, seed=1) == company(300, seed=1)
    assert company(300, seed=1) != company(300, seed=2)
    assert company(1).csv.count("\n") == 2
    with pytest.raises(InputError, match="one person or more, not 0"):
        company(0)
