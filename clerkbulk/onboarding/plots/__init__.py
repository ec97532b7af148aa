"""Plots: functions that take a frame of onboarding and return a figure; matplotlib is imported when one is drawn."""

from __future__ import annotations

from clerkbulk.onboarding.plots.cohorts import cohort_plot
from clerkbulk.onboarding.plots.comparison import comparison_plot
from clerkbulk.onboarding.plots.curve import curve_plot
from clerkbulk.onboarding.plots.forecast import forecast_plot
from clerkbulk.onboarding.plots.funnel import funnel_plot
from clerkbulk.onboarding.plots.incidence import incidence_plot
from clerkbulk.onboarding.plots.inline import svg
from clerkbulk.onboarding.plots.over_time import over_time_plot
from clerkbulk.onboarding.plots.sending import sending_plot
from clerkbulk.onboarding.plots.style import DARK, LIGHT, Theme, stylesheet

__all__ = [
    "DARK", "LIGHT", "Theme", "cohort_plot", "comparison_plot", "curve_plot", "forecast_plot", "funnel_plot",
    "incidence_plot", "over_time_plot", "sending_plot", "stylesheet", "svg",
]  # fmt: skip
