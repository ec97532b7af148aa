"""Wording of plots: shares, chances and days as short as a label must be."""

from __future__ import annotations

from datetime import date


def percent(share: float | None) -> str:
    """Return a share from 0 to 1 in whole per cent; some is never said to be none, nor all."""
    if share is None:
        return "not known"
    if 0 < share < 0.005:
        return "<1 %"
    if 0.995 <= share < 1:
        return ">99 %"
    return f"{100 * share:.0f} %"


def days_said(days: float | None, *, unit: bool = True) -> str:
    """Return days with one decimal where they are few."""
    if days is None:
        return "not reached"
    said = f"{days:.1f}" if days < 20 else f"{days:,.0f}"
    return f"{said} {'day' if said == '1.0' else 'days'}" if unit else said


def day_said(day: date, *, year: bool = True) -> str:
    """Return a day: 2 Nov 2026. The months are English whatever the machine speaks."""
    said = f"{day.day} {MONTHS[day.month - 1]}"
    return f"{said} {day.year}" if year else said


def chance_said(chance: float) -> str:
    """Return a p-value as it is usually given."""
    return "< 0.001" if chance < 0.001 else f"= {chance:.3f}" if chance < 0.1 else f"= {chance:.2f}"


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
