"""The statistics of acceptance once more, each written as its definition is: what those of the room are held to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from math import exp, log, sqrt
from statistics import NormalDist

Way = tuple[float, str | None]
"""Days from the first invitation to the end, and which end; None: still open."""


def kaplan_meier(ways: Sequence[Way]) -> list[tuple[float, int, int, int, float, float, float]]:
    """Return days, people at risk, who accepted, others, probability of having accepted, and its log-log band."""
    z, waiting, greenwood, low, high, found = NormalDist().inv_cdf(0.975), 1.0, 0.0, 0.0, 0.0, []
    at_risk = len(ways)
    for day, them in groupby(ways, key=lambda way: way[0]):
        ended = Counter(end for _, end in them)
        if accepted := ended["accepted"]:
            waiting *= 1 - accepted / at_risk
            greenwood += accepted / (at_risk * (at_risk - accepted))
            width = z * sqrt(greenwood) / log(waiting)
            low, high = 1 - waiting ** exp(width), 1 - waiting ** exp(-width)
        found.append((day, at_risk, accepted, ended.total() - accepted, 1 - waiting, low, high))
        at_risk -= ended.total()
    return found


def incidence(ways: Sequence[Way], end: str) -> tuple[list[tuple[float, float]], tuple[float, float]]:
    """Return Aalen and Johansen's probability of an end by so many days, and the last one's log-log band.

    The variance is that of the delta method (Marubini and Valsecchi, 1995, page 341), summed as it stands there.
    """
    waiting, probability, at_risk = 1.0, 0.0, len(ways)
    found, sums = [(0.0, 0.0)], []
    for day, them in groupby(ways, key=lambda way: way[0]):
        ended = Counter(how for _, how in them)
        of_any, of_it = ended.total() - ended[None], ended[end]
        probability += waiting * of_it / at_risk
        sums.append((probability, waiting, at_risk, of_any, of_it))
        waiting *= 1 - of_any / at_risk
        at_risk -= ended.total()
        found.append((day, probability))
    variance = sum(
        (probability - then) ** 2 * (d / (n * (n - d)) if d < n else 0.0)
        + s**2 * (n - k) * k / n**3
        - 2 * (probability - then) * s * k / n**2
        for then, s, n, d, k in sums
        if d
    )
    width = NormalDist().inv_cdf(0.975) * sqrt(variance) / (probability * log(probability))
    return found, (probability ** exp(-width), probability ** exp(width))


def logrank(groups: Sequence[Sequence[Way]]) -> tuple[float, list[float]]:
    """Return chi-square of three groups, and how many acceptances were to be expected in each."""
    observed, expected, spread = [0.0] * 3, [0.0] * 3, [[0.0] * 3 for _ in range(3)]
    for day in sorted({days for ways in groups for days, end in ways if end == "accepted"}):
        at_risk = [sum(days >= day for days, _ in ways) for ways in groups]
        came = [sum(days == day and end == "accepted" for days, end in ways) for ways in groups]
        n, d = sum(at_risk), sum(came)
        for i in range(3):
            observed[i] += came[i]
            expected[i] += d * at_risk[i] / n
            for j in range(3):
                same = at_risk[i] / n if i == j else 0.0
                spread[i][j] += d * (n - d) / (n - 1) * (same - at_risk[i] * at_risk[j] / n**2) if n > 1 else 0.0
    x, y = (observed[i] - expected[i] for i in (0, 1))
    (a, b), (_, c) = spread[0][:2], spread[1][:2]
    return (c * x * x - 2 * b * x * y + a * y * y) / (a * c - b * b), expected
