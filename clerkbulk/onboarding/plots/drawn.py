"""Drawn: a figure that a notebook shows by itself, whether or not pyplot was ever imported in it."""

from __future__ import annotations

import io

from matplotlib.figure import Figure

from clerkbulk.onboarding.plots.sheet import without_glyph_warnings


class Drawn(Figure):
    """A matplotlib figure. Bare ones are only shown where pyplot has told the notebook how."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """Return the picture, and how many CSS pixels wide and high it is to be shown: it is drawn finer than that."""
        written = io.BytesIO()
        with without_glyph_warnings():
            self.savefig(written, format="png")
        width, height = (round(inches * 96) for inches in self.get_size_inches())
        return written.getvalue(), {"width": width, "height": height}
