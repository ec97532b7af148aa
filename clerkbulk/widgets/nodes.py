"""Nodes: what can be seen on a screen, as plain JSON that static/screen.js draws."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

Node = dict[str, Any]


def _node(kind_of_node: str, /, **given: Any) -> Node:
    return {"t": kind_of_node, **{name: value for name, value in given.items() if value is not None}}


def box(
    children: Iterable[Node | None],
    *,
    as_: str = "group",
    label: str | None = None,
    tone: str | None = None,
    key: str | None = None,
) -> Node:
    """Return things that belong together: group, row, section, card, fields (with a legend), columns.

    cards holds cards beside each other, beside a picture and its numbers; the tone of a card is good or bad.
    """
    return _node(
        "box", k=[child for child in children if child is not None], label=label, tone=tone, key=key, **{"as": as_}
    )


def text(words: str, *, as_: str = "p", tone: str | None = None) -> Node:
    """Return words: p, h2, h3, strong, small, code; tone ok, warning, error, dim, big."""
    return _node("text", text=words, tone=tone, **{"as": as_})


def notice(words: str, *, tone: str = "info", children: Iterable[Node] = ()) -> Node:
    """Return words that are spoken aloud: info, ok, warning, error, live."""
    return _node("notice", text=words, tone=tone, k=list(children))


def field(
    name: str,
    label: str,
    value: Any = None,
    *,
    kind: str = "text",
    help_: str | None = None,
    error: str | None = None,
    warning: str | None = None,
    placeholder: str | None = None,
    options: Sequence[tuple[str, str]] | None = None,
    disabled: bool | None = None,
    rows: int | None = None,
) -> Node:
    """Return a labelled field: text, email, number, date, textarea, select (options), checkbox, secret."""
    listed = None if options is None else [list(option) for option in options]
    return _node(
        "field", name=name, label=label, value=value, kind=kind, help=help_, error=error, warning=warning,
        placeholder=placeholder, options=listed, disabled=disabled, rows=rows,
    )  # fmt: skip


def button(
    name: str,
    label: str,
    *,
    tone: str = "plain",
    disabled: bool | None = None,
    value: Any = None,
    title: str | None = None,
) -> Node:
    """Return a button: plain, primary, danger, small."""
    return _node("button", name=name, label=label, tone=tone, disabled=disabled, value=value, title=title)


def choices(
    name: str,
    label: str,
    value: str,
    options: Iterable[tuple[str, str, int | str | None, str | None]],
    *,
    as_: str = "filters",
) -> Node:
    """Return one of several: filters, tabs or steps; each has words, a number, and a state (error, warning, closed)."""
    return _node("choices", name=name, label=label, value=value, options=[list(one) for one in options], **{"as": as_})


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int] = ()) -> Node:
    """Return a small table; numbers are the positions of columns that stand to the right."""
    return _node("table", caption=caption, head=list(head), rows=[list(row) for row in rows], numbers=list(numbers))


def code(words: str, language: str, *, label: str | None = None) -> Node:
    """Return something to be copied."""
    return _node("code", text=words, language=language, label=label)


def progress(value: float, most: float, label: str) -> Node:
    """Return how far something is."""
    return _node("progress", value=value, max=most, label=label)


def picture(svg: str, label: str, *, narrow: str | None = None) -> Node:
    """Return a drawing of ours; label says in words what it shows. Nothing that came from a table may be in it raw.

    narrow is the same for a narrow page. The page draws shapes and texts only: what would run or fetch anything, or is
    none of the elements that static/screen.js names, is not shown.
    """
    return _node("picture", svg=svg, label=label, narrow=narrow)


def parts(label: str, of: Iterable[tuple[str, int, str]]) -> Node:
    """Return a whole as a bar of its parts, each with words, a number and one of the colours of plots."""
    return _node("parts", label=label, parts=[list(one) for one in of])


def details(summary: str, children: Iterable[Node], *, is_open: bool | None = None) -> Node:
    """Return something that can be opened."""
    return _node("details", summary=summary, k=list(children), open=is_open)


def drop(name: str, label: str, *, accept: str, help_: str | None = None, busy: bool | None = None) -> Node:
    """Return a place for a file."""
    return _node("drop", name=name, label=label, accept=accept, help=help_, busy=busy)


def grid(
    name: str, label: str, columns: Sequence[dict[str, Any]], total: int, revision: int, *, height: int | None = None
) -> Node:
    """Return a grid of many rows, of which those in sight are asked for; another revision asks again.

    A column is {"name", "label", "edit", "width"}; see Part.rows for the rows: {"line", "state", "cells": [{"text",
    "mark", "said", "edited"}]}.
    """
    return _node("grid", name=name, label=label, columns=list(columns), total=total, revision=revision, height=height)


def pulse(name: str, seconds: float) -> Node:
    """Return what asks to be heard again after so many seconds, for as long as somebody looks; nothing is to be seen.

    The page does the asking: a thread or task here would go on when nobody looks, and some front ends lose what is sent
    from one. It asks again only when it was answered, so a busy kernel is not asked twice.
    """
    return _node("pulse", name=name, seconds=seconds)
