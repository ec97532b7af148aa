"""Pace fields: how fast and when calls leave, as typed, and the pace that comes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from clerkbulk.errors import InputError
from clerkbulk.sending.before.asked import asked_moment, asked_pace
from clerkbulk.sending.before.pace import Pace, wave_sizes
from clerkbulk.sending.before.schedule import schedule, zone_named
from clerkbulk.widgets import nodes
from clerkbulk.widgets.nodes import Node

Read = TypeVar("Read")
_LANES: Final = (("bulk", "bulk calls"), ("both", "bulk and single calls"))


class PaceFields:
    """What somebody has typed about the pace, with what is wrong about it, by field."""

    NAMES: Final = ("start", "hours", "days", "tz", "share", "lanes", "waves", "gate", "wave_gap")

    def __init__(self) -> None:
        self.typed: dict[str, str] = {}
        self.trouble: dict[str, str] = {}
        self.pace: Pace | None = Pace()
        """The pace, or None while something is wrong."""

    @property
    def is_chosen(self) -> bool:
        """Whether anything was asked for: a job that was begun keeps to its own pace otherwise."""
        return any(text and (name, text) != ("lanes", "bulk") for name, text in self.typed.items())

    def hear(self, name: str, value: Any) -> bool:
        """Take a field's text; return whether it was one of these fields."""
        if name not in self.NAMES:
            return False
        self.typed[name] = str(value).strip()
        self.trouble = {}
        self.pace = self._read()
        return True

    def view(self) -> Node:
        """Return the fields."""
        between = [
            self._field(
                "gate", "Stop if Clerk refuses more than", "such as 0.05", "Of a wave, before the next begins."
            ),
            self._field("wave_gap", "Hours between two waves", "0", None),
        ]
        return nodes.box(
            [
                self._field("start", "Begin at", "now", "Such as 2026-11-23T08:00."),
                self._field("hours", "Hours of the day", "any, or such as 8-18", "Calls leave only then."),
                self._field("days", "Days", "every day, or such as mon-fri", None),
                self._field("tz", "Time zone of all these", "UTC, or such as Europe/Berlin", None),
                self._field("share", "Share of each hour's calls", "1, or such as 0.8", "The rest is your product's."),
                nodes.field(
                    "lanes", "Calls to use", self.typed.get("lanes") or "bulk", kind="select", options=_LANES,
                    help_="Each kind has an hour of its own.",
                ),
                self._field("waves", "Waves", "one, or such as 10,100,rest", "Each is settled before the next begins."),
                *(between if self.typed.get("waves") else []),
            ],
            as_="fields",
            label="When and how fast",
            key="pace",
        )  # fmt: skip

    def _field(self, name: str, label: str, placeholder: str, help_: str | None) -> Node:
        return nodes.field(
            name, label, self.typed.get(name, ""), placeholder=placeholder, help_=help_, error=self.trouble.get(name)
        )

    def _read(self) -> Pace | None:
        text = {name: self.typed.get(name, "") for name in self.NAMES}
        zone = self._try("tz", lambda: zone_named(text["tz"] or None))
        self._try("hours", lambda: schedule(text["hours"] or None))
        self._try("days", lambda: schedule(None, text["days"] or None))
        self._try("waves", lambda: wave_sizes(text["waves"]) if text["waves"] else ())
        share = self._try("share", lambda: _number(text["share"]))
        gate = self._try("gate", lambda: _number(text["gate"]) if text["waves"] else None)
        gap = self._try("wave_gap", lambda: _number(text["wave_gap"]) if text["waves"] else None)
        start = None
        if zone is not None and text["start"]:
            start = self._try("start", lambda: asked_moment(text["start"], zone))
        self._try("share", lambda: Pace(share=1.0 if share is None else share))
        if text["waves"] and not self.trouble:
            self._try("gate", lambda: Pace(waves=(1,), gate=gate))
            self._try("wave_gap", lambda: asked_pace(waves="1,rest", wave_gap=gap))
        if self.trouble:
            return None
        return asked_pace(
            hours=text["hours"], days=text["days"], tz=text["tz"], share=share, lanes=text["lanes"],
            waves=text["waves"], gate=gate, wave_gap=gap, start=start,
        )  # fmt: skip

    def _try(self, name: str, read: Callable[[], Read]) -> Read | None:
        try:
            return read()
        except InputError as error:
            self.trouble.setdefault(name, str(error))
            return None


def _number(text: str) -> float | None:
    if not text:
        return None
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise InputError(f"{text!r} is no number: write one such as 0.8.") from None
