"""Seeing: what somebody looking at a form would find, in the tree that its part returns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clerkbulk.widgets.part import Part

Node = dict[str, Any]


def every(view: Node | None) -> Iterator[Node]:
    """Yield every node of a view, from above."""
    if view is None:
        return
    yield view
    for child in view.get("k", ()):
        yield from every(child)


def named(part: Part, name: str) -> Node:
    """Return the one field, button or grid of that name."""
    found = [node for node in every(part.view()) if node.get("name") == name]
    assert len(found) == 1, f"{len(found)} nodes are called {name}"
    return found[0]


def has(part: Part, name: str) -> bool:
    """Whether there is a field, button or grid of that name."""
    return any(node.get("name") == name for node in every(part.view()))


_READ = ("text", "label", "error", "warning", "summary", "caption")


def words(part: Part) -> list[str]:
    """Return every text that can be read: headings, sentences, notices, labels, what is wrong."""
    return [str(node[key]) for node in every(part.view()) for key in _READ if node.get(key)]


def sees(part: Part, text: str) -> bool:
    """Whether a text can be read somewhere, as part of a sentence."""
    return any(text in one for one in words(part))


def press(part: Part, label: str) -> None:
    """Press the one button with this label, as the page does it. A disabled one cannot be pressed."""
    buttons = [node for node in every(part.view()) if node["t"] == "button"]
    found = [node for node in buttons if node["label"] == label]
    assert len(found) == 1, f"{len(found)} buttons say {label!r}; there are {[node['label'] for node in buttons]}"
    assert not found[0].get("disabled"), f"{label!r} is disabled"
    part.hear(found[0]["name"], found[0].get("value", True))
