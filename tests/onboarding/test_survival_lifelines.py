"""Curves, incidences and the log-rank test against values that lifelines computed once (fixtures/lifelines.json)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clerkbulk.onboarding.statistics.incidence import cumulative_incidence
from clerkbulk.onboarding.statistics.logrank import chi_square_tail, logrank
from clerkbulk.onboarding.statistics.spell import End, Spell
from clerkbulk.onboarding.statistics.survival import kaplan_meier

THEIRS: dict[str, Any] = json.loads((Path(__file__).parent / "fixtures" / "lifelines.json").read_text())
GROUPS = [(name, group) for name in ("leukemia", "larynx") for group in THEIRS[name]["groups"]]


def people(data: dict[str, Any]) -> list[Spell]:
    return [Spell(t, End.ACCEPTED if e else None) for t, e in zip(data["times"], data["events"], strict=True)]


@pytest.mark.parametrize(("name", "group"), GROUPS)
def test_the_curve_and_its_band_are_those_of_lifelines(name: str, group: str) -> None:
    """Days, at risk, accepted, probability and both limits, wherever the log-log band is defined.

    At 0 and 1 lifelines has a band of no width; ours is the exact binomial one (test_survival.py).
    """
    data = THEIRS[name]["groups"][group]
    curve = kaplan_meier(people(data))
    assert curve.points[0].days == 0
    ours = [(p.days, p.at_risk, p.accepted, p.probability, p.low, p.high) for p in curve.points[1:]]
    assert len(ours) == len(data["points"])
    for mine, their in zip(ours, data["points"], strict=True):
        assert mine[:4] == pytest.approx(their[:4], abs=1e-9)
        if 0 < mine[3] < 1:
            assert mine[4:] == pytest.approx(their[4:], abs=1e-9)


@pytest.mark.parametrize(("name", "group"), GROUPS)
def test_the_quartiles_and_their_limits_are_those_of_lifelines(name: str, group: str) -> None:
    """Where the curve does not get there, so far it is None; lifelines calls it infinite."""
    data = THEIRS[name]["groups"][group]
    curve = kaplan_meier(people(data))
    for share in (0.25, 0.5, 0.75):
        found = curve.quantile(share)
        # lifelines counts a band of no width at the end of a curve that got to 1 as a limit; ours stays open there.
        theirs = data["quantiles"][str(share)]
        assert [found.days, found.low] == theirs[:2]
        if curve.points[-1].probability < 1:
            assert found.high == theirs[2]


@pytest.mark.parametrize("name", ["leukemia", "larynx"])
def test_the_log_rank_test_is_that_of_lifelines(name: str) -> None:
    """Two groups and four: statistic, degrees of freedom, p."""
    found = logrank({group: people(data) for group, data in THEIRS[name]["groups"].items()})
    chi_square, degrees, p_value = THEIRS[name]["comparison"]
    assert (found.chi_square, found.degrees_of_freedom) == (pytest.approx(chi_square, rel=1e-9), degrees)
    assert found.p_value == pytest.approx(p_value, rel=1e-9)
    assert sum(one.observed for one in found.groups) == pytest.approx(sum(one.expected for one in found.groups))


@pytest.mark.parametrize("end", [End.ACCEPTED, End.JOINED, End.EXPIRED])
def test_the_incidence_and_its_band_are_those_of_lifelines(end: End) -> None:
    """Competing ends without ties, so that lifelines does not move its times about; wherever the band is defined."""
    data = THEIRS["competing"]
    spells = [
        Spell(t, None if data["names"][e] is None else End(data["names"][e]))
        for t, e in zip(data["times"], data["ends"], strict=True)
    ]
    found = cumulative_incidence(spells)[end]
    assert len(data["incidence"][end.value]) == 60
    for days, probability, low, high in data["incidence"][end.value]:
        point = found.at(days)
        assert point.probability == pytest.approx(probability, abs=1e-9)
        if 0 < point.probability < 1:
            assert (point.low, point.high) == pytest.approx((low, high), abs=1e-8)


@pytest.mark.parametrize(
    ("value", "degrees", "tail"),
    # Percentage points of the chi-square distribution, Abramowitz and Stegun (1964), table 26.8; exp(-x/2) for two.
    [
        (3.841458820694124, 1, 0.05), (6.6348966, 1, 0.01), (5.991464547107979, 2, 0.05), (7.814727903, 3, 0.05),
        (13.815510557964274, 2, 0.001), (18.30703805, 10, 0.05), (23.20925116, 10, 0.01), (16.91897760, 9, 0.05),
        (124.34211340, 100, 0.05), (0.0, 3, 1.0), (4.0, 0, 1.0), (2000.0, 23, 0.0),
    ],
)  # fmt: skip
def test_the_tail_of_chi_square_is_that_of_the_tables(value: float, degrees: int, tail: float) -> None:
    """Even and odd degrees, near and far."""
    assert chi_square_tail(value, degrees) == pytest.approx(tail, rel=1e-6, abs=1e-12)
