"""Figures in a notebook."""

from __future__ import annotations

import struct

from IPython.core.formatters import PNGFormatter

from clerkbulk.onboarding import plots
from clerkbulk.onboarding.columns import FRAMES
from clerkbulk.onboarding.frames import frame_of


def test_a_notebook_shows_a_figure_though_pyplot_was_never_imported() -> None:
    """What is drawn comes out of the notebook's own formatter as a picture, fine enough for a sharp screen."""
    figure = plots.funnel_plot(frame_of("funnel", [], "pandas", FRAMES["funnel"]), width=7.2)
    picture, shown = PNGFormatter()(figure)
    assert picture.startswith(b"\x89PNG")
    drawn_width, _ = struct.unpack(">II", picture[16:24])
    assert (drawn_width, shown["width"]) == (1036, 691)
