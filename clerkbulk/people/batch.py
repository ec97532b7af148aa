"""Batch: what one call carries, one to ten invitations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

from pydantic_core import to_json

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
    known_bytes: bytes | None = field(default=None, repr=False, compare=False)
    """The body's bytes where they were made already, to be counted."""

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
        return encoded(self.items).decode()

    def encoded(self) -> bytes:
        """Return the body's bytes without holding it to its schema, which takes twenty times as long."""
        return encoded(self.items) if self.known_bytes is None else self.known_bytes

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
        Batch(checked.target, checked.lines[run.start : run.stop], checked.items[run.start : run.stop])
        for run in packed(checked.items, endpoint_for(checked.target).most_per_call)
    ]


def packed(items: Sequence[dict[str, Any]], most: int, largest: int = LARGEST_BODY) -> Iterator[range]:
    """Cut items into runs of at most ``most`` whose body takes at most ``largest`` bytes, or that are one item."""
    return (run for run, _ in packed_with_bytes(items, most, largest))


def packed_with_bytes(
    items: Sequence[dict[str, Any]], most: int, largest: int = LARGEST_BODY
) -> Iterator[tuple[range, bytes]]:
    """Cut items as packed() does; yield each run with the bytes of its body."""
    start = 0
    while start < len(items):
        run = range(start, min(start + most, len(items)))
        body = encoded(items[run.start : run.stop])
        while len(body) > largest and len(run) > 1:
            run = run[:-1]
            body = encoded(items[run.start : run.stop])
        yield run, body
        start = run.stop


def encoded(body: Sequence[dict[str, Any]] | dict[str, Any]) -> bytes:
    """Return checked items as the bytes of compact JSON, letters as they are: the form that is counted and sent."""
    return to_json(body)


def compact_json(value: Any) -> str:
    """Return any value as JSON without spaces, letters as they are.

    Raises ValueError or TypeError for what JSON cannot hold.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
