"""Batch: what one call carries, one to ten invitations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

from clerkbulk.contract.address import address_key
from clerkbulk.contract.endpoint import Endpoint, Lane, endpoint_for
from clerkbulk.contract.target import Target
from clerkbulk.errors import InputError
from clerkbulk.people.checked import Checked

LARGEST_BODY = 128 * 1024
"""Bytes of one body. Ours: Clerk documents the refusal (413 request_body_too_large) and no number."""


@dataclass(frozen=True, slots=True)
class Batch(Sequence[dict[str, Any]]):
    """One call: as a sequence it is its body, the items in wire form. lines are the rows they come from."""

    target: Target
    lines: tuple[int, ...]
    items: tuple[dict[str, Any], ...]

    @property
    def endpoint(self) -> Endpoint:
        """The bulk endpoint the call goes to."""
        return endpoint_for(self.target, Lane.BULK)

    @property
    def keys(self) -> tuple[str, ...]:
        """The address keys of the items; replies are matched by them."""
        return tuple(address_key(item["email_address"]) for item in self.items)

    @property
    def body(self) -> list[dict[str, Any]]:
        """The body as JSON has it: a bare array."""
        return list(self.items)

    def to_json(self) -> str:
        """Return the body as it is sent: compact JSON. Raises InputError if it does not hold to its schema."""
        self.verify()
        return compact_json(self.body)

    def verify(self) -> None:
        """Hold the body to its JSON Schema. Raises InputError naming the lines concerned; nothing was sent."""
        from clerkbulk.contract.json_schema import body_faults

        if faults := body_faults(self.target, self.body):
            raise InputError(
                f"The body for lines {', '.join(map(str, self.lines))} does not hold to its schema and was not sent: "
                f"{'; '.join(faults)}. This is a defect of clerkbulk; please report it."
            )

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, index: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        return list(self.items[index]) if isinstance(index, slice) else self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.items)


def batches(checked: Checked) -> list[Batch]:
    """Return the calls that invite everyone of a checked table: ten items at most, packed by bytes too, in order."""
    return [
        Batch(checked.target, tuple(checked.lines[i] for i in run), tuple(checked.items[i] for i in run))
        for run in packed(checked.items, endpoint_for(checked.target).most_per_call)
    ]


def packed(items: Sequence[dict[str, Any]], most: int, largest: int = LARGEST_BODY) -> Iterator[range]:
    """Cut items into runs of at most ``most`` whose body takes at most ``largest`` bytes."""
    start, size = 0, 2
    for i, item in enumerate(items):
        bytes_more = len(compact_json(item).encode()) + 1
        if i > start and (i - start == most or size + bytes_more > largest):
            yield range(start, i)
            start, size = i, 2
        size += bytes_more
    if start < len(items):
        yield range(start, len(items))


def compact_json(value: Any) -> str:
    """Return JSON without spaces, letters as they are: the form whose bytes are counted and sent."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
