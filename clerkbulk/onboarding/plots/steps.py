"""Steps: curves of steps with no more points than can be seen, and labels that keep out of each other's way."""

from __future__ import annotations

from collections.abc import Sequence

MOST = 160
"""Steps along an axis, and as many up it: on a page one is half a millimetre. A curve of 100,000 steps stays small."""


def thinned(xs: Sequence[float], ys: Sequence[float], most: int = MOST) -> list[int]:
    """Return which points of a rising curve to draw: all where they are few, else those that can be told apart.

    The curve drawn is nowhere further from the true one than 1 / most of its extent, across or up. Of points at one
    place the last is kept, which is what the curve is from there on; the first and the last point always are.
    """
    if len(xs) <= 2 * most:
        return list(range(len(xs)))
    across, up = (xs[-1] - xs[0]) / most or 1.0, (max(ys) - min(ys)) / most or 1.0
    kept = [0]
    for at in range(1, len(xs) - 1):
        moved = int((xs[at + 1] - xs[0]) / across) > int((xs[at] - xs[0]) / across)
        if moved or abs(ys[at] - ys[kept[-1]]) >= up:
            kept.append(at)
    return [*kept, len(xs) - 1]


def every_nth(count: int, most: int) -> list[int]:
    """Return which of so many days to draw: evenly, the last one always, at most so many."""
    step = -(-count // most)
    return list(range((count - 1) % step, count, step)) if count else []


def spread(wanted: Sequence[float], height: float, low: float, high: float) -> list[float]:
    """Return the middles of labels of a height, each as near to where it is wanted as the others let it, low to high.

    They stand in the order in which they are wanted. Where there is no room for all, they are spread evenly.
    """
    order = sorted(range(len(wanted)), key=lambda at: wanted[at])
    if len(order) * height > high - low:
        gap = (high - low) / max(len(order), 1)
        placed = {at: low + gap * (number + 0.5) for number, at in enumerate(order)}
        return [placed[at] for at in range(len(wanted))]
    blocks: list[tuple[float, list[int]]] = []  # the first label's middle, and who stands in the block
    for at in order:
        first, members = _within(wanted[at], 1, height, low, high), [at]
        while blocks and blocks[-1][0] + len(blocks[-1][1]) * height > first:
            _, before = blocks.pop()
            members = before + members
            mean = sum(wanted[one] - height * place for place, one in enumerate(members)) / len(members)
            first = _within(mean, len(members), height, low, high)
        blocks.append((first, members))
    middles = {one: first + height * place for first, members in blocks for place, one in enumerate(members)}
    return [middles[at] for at in range(len(wanted))]


def _within(first: float, count: int, height: float, low: float, high: float) -> float:
    return min(max(first, low + height / 2), high - height * (count - 0.5))


_NICE_DAYS = (0.25, 0.5, 1, 2, 5, 7, 14, 28, 56, 91, 182, 364)


def day_ticks(most_days: float, room: int) -> list[float]:
    """Return the days to name on an axis, 0 first: whole weeks where there are many; at most room of them, or two."""
    step = next((step for step in _NICE_DAYS if most_days / step < room), None)
    if step is None:
        step = 364.0 * -(-most_days // (364 * max(room - 1, 1)))
    return [step * number for number in range(int(most_days / step + 1e-9) + 1)]


def share_ticks(most: float) -> list[float]:
    """Return the shares to name on an axis, 0 first, so that the most has room: the last is at most 1."""
    steps, parts = next((one for one in _NICE_SHARES if most <= one[0] * one[1] / 100 * 0.98), (25, 4))
    return [steps * part / 100 for part in range(parts + 1)]


_NICE_SHARES = ((1, 5), (2, 5), (5, 4), (10, 3), (10, 5), (25, 3))
"""Steps in per cent, and how many of them."""


def count_ticks(most: float, room: int = 5) -> list[int]:
    """Return round numbers from 0 to no less than the most: at most room steps."""
    step, unit = 1, 1
    while True:
        for step in (unit, 2 * unit, 5 * unit):
            if step * room >= most:
                return [step * number for number in range(max(1, -(-int(-(-most // 1)) // step)) + 1)]
        unit *= 10
