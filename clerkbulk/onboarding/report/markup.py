"""Markup: the report's pieces of HTML. Everything that came from a table or from Clerk is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

_NO_VALUE = "\N{EN DASH}"


def table(
    heads: Sequence[str], rows: Iterable[Sequence[Any]], *, caption: str = "", text: frozenset[int] = frozenset()
) -> str:
    """Return a table; the columns at the places in text are words, the others numbers (the first is always words)."""

    def cell(tag: str, at: int, value: Any) -> str:
        kind = ' class="text"' if at in text else ""
        scope = ' scope="col"' if tag == "th" else ""
        return f"<{tag}{kind}{scope}>{escape(_NO_VALUE if value is None else str(value))}</{tag}>"

    said = f"<caption>{escape(caption)}</caption>" if caption else ""
    head = "".join(cell("th", at, name) for at, name in enumerate(heads))
    body = "".join(f"<tr>{''.join(cell('td', at, value) for at, value in enumerate(row))}</tr>" for row in rows)
    return (
        f'<div class="scroll"><table>{said}<thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )  # fmt: skip


def paragraph(text: str, kind: str = "") -> str:
    """Return a paragraph of plain text."""
    return f"<p{_class(kind)}>{escape(text)}</p>"


def section(title: str, *parts: str) -> str:
    """Return a section under a heading; nothing when it has no parts."""
    inside = "".join(parts)
    return f"<section><h2>{escape(title)}</h2>{inside}</section>" if inside else ""


def figure(wide: str, narrow: str, caption: str = "") -> str:
    """Return one picture in its two widths, of which the page shows the one that fits."""
    said = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure><div class="wide">{wide}</div><div class="narrow">{narrow}</div>{said}</figure>'


def card(question: str, number: str, says: str, *, kind: str = "") -> str:
    """Return one of the answers of the first screen."""
    return (
        f'<div class="card"><h2>{escape(question)}</h2><b{_class(kind)}>{escape(number)}</b><p>{escape(says)}</p></div>'
    )


def bar(parts: Iterable[tuple[str, str, int]]) -> str:
    """Return a bar of parts (class, words, number), and what each of them is."""
    shown = [part for part in parts if part[2]]
    whole = sum(number for _, _, number in shown)
    if not whole:
        return ""
    said = ", ".join(f"{number:,} {words}" for _, words, number in shown)
    pieces = "".join(f'<i class="{kind}" style="width:{number / whole:.4%}"></i>' for kind, _, number in shown)
    items = "".join(f'<li><i class="{kind}"></i>{number:,} {escape(words)}</li>' for kind, words, number in shown)
    return f'<div class="bar" role="img" aria-label="{escape(said)}">{pieces}</div><ul class="legend">{items}</ul>'


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
