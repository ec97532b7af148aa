"""Bands: limits of a probability that stay between 0 and 1."""

from __future__ import annotations

from functools import lru_cache
from math import exp, log, sqrt
from statistics import NormalDist

from clerkbulk.errors import InputError

Limits = tuple[float, float]


@lru_cache(maxsize=64)
def deviations(confidence: float) -> float:
    """Return the standard deviations on either side that hold this share of a normal distribution (.95: 1.96).

    Raises InputError for what lies not between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise InputError(f"A confidence lies between 0 and 1, as .95 does; {confidence:g} does not.")
    return NormalDist().inv_cdf((1 + confidence) / 2)


def log_log(probability: float, variance: float, confidence: float) -> Limits:
    """Return the limits of a probability, 0 < p < 1, by normal limits of log(-log p); variance is that of p.

    The band of Kalbfleisch and Prentice (1980), "exponential Greenwood" where p is a survival.
    """
    width = deviations(confidence) * sqrt(max(variance, 0.0)) / abs(probability * log(probability))
    if width > _WIDEST:
        return 0.0, 1.0
    return probability ** exp(width), probability ** exp(-width)


_WIDEST = 600.0


def never(people: int, confidence: float) -> float:
    """Return the upper limit of a probability, when of so many people it happened to nobody (Clopper-Pearson)."""
    return 1 - ((1 - confidence) / 2) ** (1 / people) if people else 1.0


def always(people: int, confidence: float) -> float:
    """Return the lower limit of a probability, when of so many people it happened to everybody (Clopper-Pearson)."""
    return 1 - never(people, confidence)
