"""Sheet: the page of one figure. Title and note above, the caption below, axes and labels between, all in inches."""

from __future__ import annotations

import functools
import warnings
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ParamSpec

from clerkbulk.errors import InputError
from clerkbulk.onboarding.plots.style import DASHES, MARKERS, Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_P = ParamSpec("_P")

FONT = "DejaVu Sans"
"""Comes with matplotlib: the same layout on every machine. It is wider than the fonts browsers put in its place."""
SMALL, TEXT = 8.0, 8.5
"""Points. Nothing is smaller than 8."""
MARGIN = 0.1
_HALF_A_CAPITAL = 0.365
"""Of a font's size: how far its baseline is below the middle of a line."""
_LEADING = 1.32
_LEAST = 3.0
_PHONE_UP_TO = 5.0
_TITLE, _TITLE_ON_PHONE = 11.5, 10.5


def drawing(draw: Callable[_P, Figure]) -> Callable[_P, Figure]:
    """Let a function draw by matplotlib's own settings, whatever the reader's are, and say so where it is missing."""

    @functools.wraps(draw)
    def drawn(*args: _P.args, **kwargs: _P.kwargs) -> Figure:
        try:
            from matplotlib import style
        except ModuleNotFoundError as error:
            said = f"Plots need {error.name}, which is not installed: pip install 'clerkbulk[plots]'."
            raise InputError(said) from None
        with style.context("default"):
            return draw(*args, **kwargs)

    return drawn


def inches(points: float, lines: int = 1) -> float:
    """Return the height of lines of text of a size."""
    return lines * points * _LEADING / 72


@lru_cache(maxsize=4096)
def measured(text: str, points: float = TEXT, *, bold: bool = False) -> float:
    """Return how wide a line of text is, in inches."""
    from matplotlib.backends import backend_agg
    from matplotlib.font_manager import FontProperties

    agg: Any = backend_agg  # has no types
    font = FontProperties(family=FONT, size=points, weight="bold" if bold else "normal")
    with without_glyph_warnings():
        width, _, _ = agg.RendererAgg(1, 1, 288).get_text_width_height_descent(text, font, ismath=False)
    return float(width) / 288


@contextmanager
def without_glyph_warnings() -> Iterator[None]:
    """Measure names in scripts that the font lacks without a warning each: browsers have them."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from", category=UserWarning)
        yield


def shortened(text: str, room: float, points: float = TEXT, *, bold: bool = False) -> str:
    """Return a text as long as there is room for it, in inches; what was cut off is an ellipsis."""
    if measured(text, points, bold=bold) <= room:
        return text
    lengths = range(2, min(len(text), 200) + 1)
    too_long = bisect_left(
        lengths, True, key=lambda length: measured(f"{text[:length].rstrip()}…", points, bold=bold) > room
    )  # fmt: skip
    return f"{text[: too_long + 1].rstrip()}…"


def wrapped(text: str, room: float, points: float = TEXT, *, bold: bool = False) -> list[str]:
    """Return a text in lines that fit into so many inches."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measured(longer, points, bold=bold) <= room:
            lines[-1] = longer
        else:
            lines.append(shortened(word, room, points, bold=bold))
    return lines


class Sheet:
    """A figure that is being laid out. x runs right and y down from the upper left corner of what is between."""

    def __init__(
        self, width: float, theme: Theme, *, title: str, note: str, caption: str, body: float, says: str
    ) -> None:
        """Make the page. body is the height between note and caption; says is for who hears instead of sees."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        from clerkbulk.onboarding.plots.drawn import Drawn

        room = room_in(width)
        self.theme, self.width, self.body = theme, width, body
        self.on_phone = width < _PHONE_UP_TO
        size = _TITLE_ON_PHONE if self.on_phone else _TITLE
        heading, notes, foot = (
            wrapped(title, room, size, bold=True), wrapped(note, room, TEXT), wrapped(caption, room, SMALL),
        )  # fmt: skip
        self._top = MARGIN + inches(size, len(heading)) + inches(TEXT, len(notes)) + 0.1
        self._height = self._top + body + (0.1 + inches(SMALL, len(foot)) if foot else 0.0) + MARGIN
        self.figure: Figure = Drawn(figsize=(width, self._height), dpi=144, facecolor=theme.paper)
        FigureCanvasAgg(self.figure)
        # What svg() gives to screen readers: the title, and in the lines below it what there is to see.
        self.figure.set_label(f"{title}\n{says}")
        self._lines(heading, MARGIN - self._top, size, weight="bold")
        self._lines(notes, MARGIN + inches(size, len(heading)) - self._top, TEXT, color=theme.soft)
        self._lines(foot, body + 0.1, SMALL, color=theme.soft)

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Return empty axes, with a line below and nothing else around."""
        place = (left / self.width, 1 - (self._top + top + height) / self._height)
        ax = self.figure.add_axes((*place, width / self.width, height / self._height), facecolor="none")
        for side in ("left", "right", "top"):
            ax.spines[side].set_visible(False)
        ax.spines["bottom"].set(color=self.theme.line, linewidth=0.8)
        ax.tick_params(
            labelsize=SMALL, labelcolor=self.theme.soft, color=self.theme.line, length=3, labelfontfamily=FONT
        )
        ax.tick_params(axis="y", length=0)
        ax.set_axisbelow(True)
        return ax

    def write(self, x: float, y: float, text: str, *, points: float = TEXT, **look: Any) -> None:
        """Write a text: x is its left edge unless ha says otherwise, y its middle."""
        look = {"color": self.theme.ink, "ha": "left", "va": "baseline", **look}
        # By the baseline: text centred by its own outline stands higher or lower with the letters that are in it.
        below = _HALF_A_CAPITAL * points / 72
        self.figure.text(
            x / self.width, 1 - (self._top + y + below) / self._height, text, fontsize=points, fontfamily=FONT,
            parse_math=False, linespacing=1.15, **look,
        )  # fmt: skip

    def line(self, xs: Sequence[float], ys: Sequence[float], **look: Any) -> None:
        """Draw a line outside of axes."""
        from matplotlib.lines import Line2D

        across = [x / self.width for x in xs]
        up = [1 - (self._top + y) / self._height for y in ys]
        self.figure.add_artist(Line2D(across, up, transform=self.figure.transFigure, **look))

    def name_axes(self, ax: Axes, x: str, y: str) -> None:
        """Name what an axis counts, with its unit: that of y stands above it, not on its side."""
        self.name_x(ax, x)
        height = ax.get_position().height * self._height
        ax.set_ylabel(
            y, rotation=0, ha="left", va="bottom", fontsize=SMALL, fontfamily=FONT, color=self.theme.soft,
            parse_math=False,
        )  # fmt: skip
        room = ax.get_position()
        ax.yaxis.set_label_coords((MARGIN / self.width - room.x0) / room.width, 1 + 0.08 / height)

    def name_x(self, ax: Axes, name: str) -> None:
        """Name what the axis below counts, with its unit."""
        ax.set_xlabel(name, fontsize=SMALL, fontfamily=FONT, color=self.theme.soft, parse_math=False, labelpad=3)

    def dashes(self, number: int, colour: str = "") -> dict[str, Any]:
        """Return how the line of a number looks: dashes, and its colour in the series if it has none of its own."""
        at = number % len(self.theme.series)
        dash = DASHES[at]
        return {"color": colour or self.theme.series[at], "linestyle": (0, dash) if dash else "-"}

    def marker(self, number: int, colour: str = "") -> dict[str, Any]:
        """Return how the end of the line of a number looks."""
        at = number % len(self.theme.series)
        return {
            "marker": MARKERS[at], "markersize": 4.5, "color": colour or self.theme.series[at], "linestyle": "none",
            "markeredgewidth": 0,
        }  # fmt: skip

    def patch(self, x: float, y: float, size: float, *, fill: str) -> None:
        """Draw a small square of a colour, framed so that the palest is seen too: x is its left edge, y its middle."""
        from matplotlib.patches import Rectangle

        corner = (x / self.width, 1 - (self._top + y + size / 2) / self._height)
        self.figure.add_artist(
            Rectangle(
                corner, size / self.width, size / self._height, transform=self.figure.transFigure, facecolor=fill,
                edgecolor=self.theme.line, linewidth=0.6,
            )
        )  # fmt: skip

    def _lines(self, lines: Sequence[str], top: float, points: float, **look: Any) -> None:
        for number, line in enumerate(lines):
            self.write(MARGIN, top + inches(points) * (number + 0.5), line, points=points, **look)


def room_in(width: float) -> float:
    """Return how many inches of a figure can be written in. Raises InputError where nothing could be read."""
    if not _LEAST <= width <= 40:
        raise InputError(f"A figure is {_LEAST:g} to 40 inches wide, not {width:g}: 7.2 for a page, 3.6 for a phone.")
    return width - 2 * MARGIN


def nothing(width: float, theme: Theme, title: str, missing: str) -> Figure:
    """Return a figure that says what is missing."""
    return Sheet(width, theme, title=title, note=missing, caption="", body=0.05, says=missing).figure
