"""Style: the colours, dashes and sizes that all plots share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

WIDE = 7.2
"""Inches: a page of paper, or of a desktop's browser."""
PHONE = 3.6
"""Inches: a phone held upright."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as #rrggbb. Text has a contrast of at least 4.5 to the paper, lines of at least 3 (WCAG 2.2)."""

    name: str
    paper: str
    ink: str
    """Titles, labels, numbers."""
    soft: str
    """Text that stands back."""
    line: str
    """Axes."""
    grid: str
    """Lines that only guide the eye; nothing is read from them alone."""
    series: tuple[str, ...]
    """Eight, told apart without colour vision too; the first five the best."""
    heat: tuple[str, ...]
    """From none to all. Ink is read on the first four, paper on the last three."""
    inside: str
    """In by the link. This and the next five mean the same wherever they are on a page; areas, or lines if strong."""
    otherwise: str
    """In, but not by the link."""
    open: str
    gone: str
    """Expired; or expired and revoked together."""
    revoked: str
    waiting: str
    """Not invited yet: nearly nothing."""

    def variables(self) -> Iterator[tuple[str, str]]:
        """Yield each colour with the CSS variable that may replace it in an inline SVG."""
        yield from (("--cb-paper", self.paper), ("--cb-ink", self.ink), ("--cb-soft", self.soft))
        yield from (("--cb-line", self.line), ("--cb-plot-grid", self.grid))
        yield from ((f"--cb-plot-{number}", colour) for number, colour in enumerate(self.series, 1))
        yield from ((f"--cb-plot-heat-{number}", colour) for number, colour in enumerate(self.heat))
        yield from (("--cb-in", self.inside), ("--cb-otherwise", self.otherwise), ("--cb-open", self.open))
        yield from (("--cb-gone", self.gone), ("--cb-revoked", self.revoked), ("--cb-waiting", self.waiting))

    def heat_of(self, share: float) -> tuple[str, str]:
        """Return the colour of a share from 0 to 1, and that of the text on it."""
        step = min(int(share * len(self.heat)), len(self.heat) - 1)
        return self.heat[step], self.ink if step < INK_ON_HEAT else self.paper


INK_ON_HEAT = 4
"""So many of the first colours of a heat map carry ink."""

# Okabe and Ito's colours, darkened or lightened until they stand out from the paper and from each other as people see
# them who lack one kind of cone (Machado et al. 2009).
LIGHT = Theme(
    name="light",
    paper="#ffffff",
    ink="#1f2328",
    soft="#59636e",
    line="#8b949e",
    grid="#e3e7eb",
    series=("#0072b2", "#e0560b", "#12936a", "#83406f", "#5e2f13", "#3595d0", "#a87c00", "#6e7781"),
    heat=("#eef5fb", "#d3e6f5", "#aed2ee", "#86bde5", "#1f78b8", "#0b5a94", "#063f6b"),
    inside="#0072b2",
    otherwise="#3494cf",
    open="#c9ced6",
    gone="#d55e00",
    revoked="#8a3d00",
    waiting="#eaedf1",
)
DARK = Theme(
    name="dark",
    paper="#15181c",
    ink="#e6e9ed",
    soft="#a3adb8",
    line="#6b747e",
    grid="#2b3138",
    series=("#56a8ec", "#ff7f1f", "#0c9478", "#d9a9cf", "#f3d84a", "#c8e6ff", "#b5652b", "#8880c0"),
    heat=("#1b2733", "#1d3446", "#1f445e", "#245673", "#6db6ee", "#98cdf6", "#c4e3fb"),
    inside="#56a8ec",
    otherwise="#a8d8fb",
    open="#59616e",
    gone="#f0884a",
    revoked="#b4602b",
    waiting="#252b32",
)

DASHES: tuple[tuple[float, ...], ...] = (
    (), (5, 1.8), (1.2, 1.4), (6, 1.6, 1.2, 1.6), (9, 2), (3, 1.2), (1.2, 2.6), (9, 1.6, 3, 1.6),
)  # fmt: skip
"""On and off in line widths, one for each colour: lines are told apart in grey as well. Empty: unbroken."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "h")
"""What stands at the end of a line, one for each colour."""


def stylesheet(scope: str = ":root") -> str:
    """Return the CSS that gives the variables of svg() their colours: light, and dark on a screen if the reader wants.

    scope is the selector in which they hold. What is printed is light, whatever the screen.
    """
    light, dark = ("".join(f"{name}:{colour};" for name, colour in theme.variables()) for theme in (LIGHT, DARK))
    return f"{scope}{{{light}}}@media screen and (prefers-color-scheme: dark){{{scope}{{{dark}}}}}"
