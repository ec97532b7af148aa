"""Plot style: the colours of onboarding's plots on a page of ours, light and dark as the form around them is."""

from __future__ import annotations

from clerkbulk.onboarding.plots.style import DARK, LIGHT, Theme

_FORMS_OWN = {"--cb-paper", "--cb-ink", "--cb-soft"}
"""Variables that the form has too (screen.css): a plot stands on its paper, in its ink."""


def plot_style() -> str:
    """Return the CSS of the plots' variables, under the same conditions as screen.css has its own."""
    light, dark = _variables(LIGHT), _variables(DARK)
    return (
        f".clerkbulk .cb-plot {{ {light} }}\n"
        "@media (prefers-color-scheme: dark) { .clerkbulk:not(body[data-jp-theme-light='true'] *) .cb-plot "
        f"{{ {dark} }} }}\n"
        f"body[data-jp-theme-light='false'] .clerkbulk .cb-plot {{ {dark} }}\n"
    )


def _variables(theme: Theme) -> str:
    return " ".join(f"{name}: {colour};" for name, colour in theme.variables() if name not in _FORMS_OWN)
