"""Groups: by what people are grouped, in which order, and that none is smaller than may be shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from travellers import DAY, T0, invited, planned

from clerkbulk.contract.target import Organization
from clerkbulk.errors import InputError
from clerkbulk.onboarding.journey import Journey, Stage
from clerkbulk.onboarding.statistics.groups import NONE, OTHERS, grouped, keys_of

BERLIN = ZoneInfo("Europe/Berlin")


def sizes(journeys: list[Journey], by: str, at_least: int = 1, zone: ZoneInfo = BERLIN) -> dict[str, int]:
    return {name: len(them) for name, them in grouped(journeys, by, zone=zone, at_least=at_least).items()}


PEOPLE = [
    invited(1, T0, role="org:admin", wave=10, job_id="job_a", metadata={"team": "Sales", "role": "lead", "level": 3}),
    invited(2, T0 + 9 * 3600, wave=2, metadata={"team": "Sales", "level": 20, "flags": ["a"], "pilot": True}),
    invited(3, T0 + 6 * DAY, wave=2, metadata={"team": ""}),
    planned(4, Stage.REFUSED, metadata={"team": "ops"}),
]


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("role", {"org:admin": 1, NONE: 3}),
        ("metadata.role", {"lead": 1, NONE: 3}),
        ("team", {"ops": 1, "Sales": 2, NONE: 1}),
        ("metadata.team", {"ops": 1, "Sales": 2, NONE: 1}),
        ("level", {"3": 1, "20": 1, NONE: 2}),
        ("flags", {'["a"]': 1, NONE: 3}),
        ("pilot", {"true": 1, NONE: 3}),
        ("domain", {"example.com": 4}),
        ("wave", {"2": 2, "10": 1, NONE: 1}),
        ("job", {"job_a": 1, NONE: 3}),
        ("organization", {NONE: 4}),
        # T0 is a Monday, 16:13 in Berlin; nine hours later it is Tuesday there, and still Monday in UTC.
        ("weekday", {"Monday": 1, "Tuesday": 1, "Sunday": 1, NONE: 1}),
        ("hour", {"01:00": 1, "16:00": 2, NONE: 1}),
        ("week", {"2026-09-21": 3, NONE: 1}),
    ],
)
def test_people_are_grouped_by_what_they_are_and_when_they_were_invited(by: str, groups: dict[str, int]) -> None:
    """Weekdays and numbers in their order, names by the alphabet, who has none last."""
    found = sizes(PEOPLE, by)
    assert (found, list(found)) == (groups, list(groups))


def test_the_zone_says_which_day_it_was() -> None:
    """In UTC two were invited on the Monday."""
    assert {name: len(them) for name, them in grouped(PEOPLE, "weekday", zone=UTC).items()} == {
        "Monday": 2, "Sunday": 1, NONE: 1,
    }  # fmt: skip


def test_organizations_are_groups() -> None:
    """By Clerk's id."""
    acme = Journey("a@example.com", "a@example.com", Organization("org_acme"), Stage.WAITING)
    assert sizes([acme, planned(1)], "organization") == {"org_acme": 1, NONE: 1}


def test_what_nobody_has_is_told_with_what_there_is() -> None:
    """A slip of the pen is no empty report; of nobody at all there is nothing to say."""
    with pytest.raises(InputError, match=r"Nobody has 'taem'\. These people can be grouped by role, domain, .*, team"):
        grouped(PEOPLE, "taem", zone=UTC)
    assert keys_of(PEOPLE)[-4:] == ["level", "pilot", "metadata.role", "team"]
    assert grouped([], "taem", zone=UTC) == {}


def test_groups_that_are_too_small_are_shown_together() -> None:
    """Two of one and one of two; two alone are still too few for three, so the next smallest goes in."""
    teams = {"a": 1, "b": 1, "c": 4, "d": 5}
    each = [team for team, size in teams.items() for _ in range(size)]
    people = [planned(n, metadata={"team": team}) for n, team in enumerate(each)]
    assert sizes(people, "team", 2) == {"c": 4, "d": 5, OTHERS: 2}
    assert sizes(people, "team", 3) == {"d": 5, OTHERS: 6}
    assert sizes(people, "team", 12) == {OTHERS: 11}


def test_people_too_few_to_be_shown_are_not_named_by_what_they_have_in_common() -> None:
    """A single group of too few people is (others), too; and somebody with three invitations is one person."""
    people = [planned(1, metadata={"team": "a"})]
    assert sizes(people, "team", 2) == {OTHERS: 1}
    assert sizes(people, "team") == {"a": 1}
    one = invited(1, metadata={"team": "a"})
    several = [replace(one, target=Organization(f"org_{n}")) for n in range(3)]
    others = [invited(n, metadata={"team": "b"}) for n in range(2, 6)]
    assert sizes([*several, *others], "team", 3) == {OTHERS: 7}
    assert sizes([*several, *others], "team", 1) == {"a": 3, "b": 4}


TEAMS = st.sampled_from(["a", "b", "c", "d", "", OTHERS, NONE])


@example([OTHERS] * 9 + ["a"] + ["b"] * 4, 3)
@given(st.lists(TEAMS, max_size=40), st.integers(1, 12))
def test_nobody_is_lost_by_merging(teams: list[str], at_least: int) -> None:
    """Sizes add up, and each group is large enough unless everybody together is not."""
    people = [planned(n, metadata={"team": team}) for n, team in enumerate(teams)]
    found = grouped(people, "team", zone=UTC, at_least=at_least)
    assert sorted(one.line or 0 for them in found.values() for one in them) == list(range(len(teams)))
    assert all(len(them) >= at_least for them in found.values()) or len(found) == 1
    assert len(found) == 1 or OTHERS not in found or list(found)[-1] == OTHERS or OTHERS in teams
