"""Inline SVG: a figure as a piece of an HTML page, whose colours follow the page."""

from __future__ import annotations

import hashlib
import html
import io
import re
from typing import TYPE_CHECKING, Any

from clerkbulk.onboarding.plots.sheet import without_glyph_warnings
from clerkbulk.onboarding.plots.style import DARK, LIGHT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_VARIABLES = {colour: name for theme in (DARK, LIGHT) for name, colour in theme.variables()}
_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_GEOMETRY = re.compile(r' (?:d|x|y|points|transform|width|height)="[^"]*"')


def svg(figure: Figure, *, own: str = "") -> str:
    """Return a figure as one <svg> element to be put into an HTML page: nothing is fetched, nothing runs.

    Text stays text, in the reader's fonts. Colours of our themes are CSS variables with what was drawn as a fallback:
    style.stylesheet() gives them values, light and dark. The same figure gives the same text, and ids that no other
    figure's clash with; where two equal figures stand on one page, own tells them apart: any text that only this one
    has there. Screen readers get title and description of our plots.
    """
    import matplotlib

    written = io.StringIO()
    plain: Any = {"svg.fonttype": "none", "svg.hashsalt": "clerkbulk"}
    with matplotlib.rc_context(plain), without_glyph_warnings():
        facts: dict[str, str | None] = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(written, format="svg", metadata=facts, dpi=72, bbox_inches=None)
    text = written.getvalue()
    text = text[text.index("<svg") :].strip()
    text = re.sub(r"<metadata>.*?</metadata>\s*|<!--.*?-->\s*", "", text, flags=re.DOTALL)
    text = _GEOMETRY.sub(lambda found: _NUMBER.sub(_rounded, found[0]), text)
    text = re.sub(r"#[0-9a-f]{6}\b", lambda found: _variable(found[0]), text)
    text = re.sub(r"font: ([^;\"]*?)'[^\";]*", rf"font: \1{_FONTS}", text)
    text = _with_own_ids(re.sub(r"\n\s*", "\n", text), own)
    return _with_words(text, figure)


def _rounded(found: re.Match[str]) -> str:
    return f"{float(found[0]):.2f}".rstrip("0").rstrip(".")


def _variable(colour: str) -> str:
    return f"var({_VARIABLES[colour]}, {colour})" if colour in _VARIABLES else colour


def _with_own_ids(text: str, place: str) -> str:
    """Drop the ids that nothing points to, and begin the others with what only this figure has at its place."""
    used = set(re.findall(r"(?:url\(#|href=\"#)([^)\"]+)", text))
    own = f"cb{hashlib.sha256((place + text).encode()).hexdigest()[:10]}"
    text = re.sub(r' id="([^"]*)"', lambda found: f' id="{own}-{found[1]}"' if found[1] in used else "", text)
    text = re.sub(r"(url\(#|href=\"#)", rf"\1{own}-", text)
    return text.replace("<svg", f'<svg aria-labelledby="{own}-title {own}-desc" role="img"', 1)


def _with_words(text: str, figure: Figure) -> str:
    title, _, says = str(figure.get_label()).partition("\n")
    own = text.partition('aria-labelledby="')[2].partition("-title")[0]
    opening, _, rest = text.partition(">")
    opening = re.sub(r' (?:version|xmlns:xlink)="[^"]*"', "", opening)
    opening += ' style="max-width: 100%; height: auto">'
    words = f'<title id="{own}-title">{html.escape(title)}</title><desc id="{own}-desc">{html.escape(says)}</desc>'
    return opening + words + rest.replace("xlink:href", "href")
