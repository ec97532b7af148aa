"""Log-rank: whether groups accept at the same pace, or whether chance alone would hardly make them so different."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import erfc, exp, lgamma, log, sqrt

from clerkbulk.onboarding.statistics.spell import End, Spell

_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class Compared:
    """One group: how many accepted, and how many would have if all groups accepted at the same pace."""

    group: str
    people: int
    observed: int
    expected: float


@dataclass(frozen=True, slots=True)
class LogRank:
    """The test. p_value: how often chance alone makes groups of one pace at least so different. Nothing to tell: 1."""

    chi_square: float
    degrees_of_freedom: int
    p_value: float
    groups: tuple[Compared, ...]


def logrank(groups: Mapping[str, Sequence[Spell]]) -> LogRank:
    """Compare the whole curves of acceptance of any number of groups (Mantel, Peto and Cox; ties hypergeometric).

    Every other end than acceptance is censoring. Groups of whom nobody was ever at risk when somebody accepted do not
    count towards the degrees of freedom; with fewer than two that do, there is nothing to compare: 0 degrees, p 1.
    """
    names = list(groups)
    at_risk = [len(groups[name]) for name in names]
    observed, expected, variance = _sums([groups[name] for name in names], at_risk)
    distances = [seen - awaited for seen, awaited in zip(observed, expected, strict=True)]
    chi_square, degrees = _distance(distances, variance)
    compared = zip(names, at_risk, observed, expected, strict=True)
    return LogRank(chi_square, degrees, chi_square_tail(chi_square, degrees), tuple(Compared(*one) for one in compared))


def _sums(groups: Sequence[Sequence[Spell]], people: Sequence[int]) -> tuple[list[int], list[float], list[list[float]]]:
    """Return what was observed, what was expected, and the covariance matrix of the two's difference.

    The sums of (weight times n_i times n_j) over time are brought up to date only when n_i or n_j changes, so the work
    is people times groups and not groups squared at each acceptance.
    """
    size, at_risk, everybody = len(groups), list(people), sum(people)
    observed, expected = [0] * size, [0.0] * size
    alone, pairs, seen = [0.0] * size, [[0.0] * size for _ in groups], [[0.0] * size for _ in groups]
    weight, hazard, hazard_seen, alone_weight, alone_seen = 0.0, 0.0, [0.0] * size, 0.0, [0.0] * size

    def leaves(group: int) -> None:
        expected[group] += at_risk[group] * (hazard - hazard_seen[group])
        alone[group] += at_risk[group] * (alone_weight - alone_seen[group])
        hazard_seen[group], alone_seen[group] = hazard, alone_weight
        for other in range(size):
            low, high = min(group, other), max(group, other)
            if seen[low][high] != weight:
                pairs[low][high] += at_risk[low] * at_risk[high] * (weight - seen[low][high])
                seen[low][high] = weight
        at_risk[group] -= 1

    spells = ((spell.days, group, spell.end is End.ACCEPTED) for group, them in enumerate(groups) for spell in them)
    ordered = sorted(spells, key=lambda one: one[0])
    start = 0
    while start < len(ordered):
        stop, accepted = start, 0
        while stop < len(ordered) and ordered[stop][0] == ordered[start][0]:
            accepted += ordered[stop][2]
            stop += 1
        if accepted:
            hazard += accepted / everybody
            if everybody > 1:
                spread = accepted * (everybody - accepted) / (everybody**2 * (everybody - 1))
                weight += spread
                alone_weight += spread * everybody
        for _, group, is_accepted in ordered[start:stop]:
            observed[group] += is_accepted
            leaves(group)
        everybody -= stop - start
        start = stop
    covariance = [
        [(alone[i] if i == j else 0.0) - pairs[min(i, j)][max(i, j)] for j in range(size)] for i in range(size)
    ]
    return observed, expected, covariance


def _distance(distances: Sequence[float], variance: Sequence[Sequence[float]]) -> tuple[float, int]:
    """Return the distances squared in units of their covariance, and its rank, by Gaussian elimination.

    Of a covariance matrix that does not have full rank (the distances add up to nothing) the rows that the others
    already tell are left out.
    """
    rows = [[*line, distance] for line, distance in zip(variance, distances, strict=True)]
    left, chi_square, degrees = set(range(len(rows))), 0.0, 0
    scale = max((line[i] for i, line in enumerate(variance)), default=0.0)
    while left:
        pivot = max(left, key=lambda i: rows[i][i])
        if rows[pivot][pivot] <= _NOTHING * scale:
            break
        left.remove(pivot)
        chi_square += rows[pivot][-1] ** 2 / rows[pivot][pivot]
        degrees += 1
        for i in left:
            factor = rows[i][pivot] / rows[pivot][pivot]
            rows[i] = [mine - factor * its for mine, its in zip(rows[i], rows[pivot], strict=True)]
    return chi_square, degrees


def chi_square_tail(value: float, degrees_of_freedom: int) -> float:
    """Return the probability that a chi-square variable exceeds a value; 1 without degrees of freedom.

    It is the regularised upper incomplete gamma function Q(a, x), a half the degrees and x half the value, by
    Q(a + 1, x) = Q(a, x) + x^a exp(-x) / Gamma(a + 1) from Q(1/2, x) = erfc(sqrt x) and Q(1, x) = exp(-x).
    """
    if degrees_of_freedom <= 0 or value <= 0:
        return 1.0
    x = value / 2
    a, tail = (1.0, exp(-x)) if degrees_of_freedom % 2 == 0 else (0.5, erfc(sqrt(x)))
    while a < degrees_of_freedom / 2:
        tail += exp(a * log(x) - x - lgamma(a + 1))
        a += 1
    return min(1.0, tail)
