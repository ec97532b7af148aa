"""Errands: long things a form has done beside it, one after the other, while it goes on hearing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from clerkbulk.errors import ClerkbulkError
from clerkbulk.sending.scrub import scrubbed_text
from clerkbulk.widgets import nodes
from clerkbulk.widgets.nodes import Node
from clerkbulk.widgets.words import in_a_form

Then = Callable[[], None]
"""What is done with the outcome, on the form's own side."""
PULSE = "pulse"
"""The name under which a part hears that it is to look again."""
_SOON = 0.4
"""Seconds between two looks at whether an errand is done."""
_LOG = logging.getLogger(__name__)


@dataclass
class _Errand:
    name: str
    words: Callable[[], str]
    work: Callable[[], Then]
    then: Then | None = None
    error: Exception | None = None
    done: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        try:
            self.then = self.work()
        except Exception as error:
            self.error = error
        finally:
            self.done.set()


class Errands:
    """Errands of one form. They change nothing by themselves: what came of one is taken over by settle().

    The form calls everything here from one thread, and the page asks it to settle for as long as one is under way.
    """

    def __init__(self) -> None:
        self.trouble: dict[str, str] = {}
        """Why the last errand of a name failed, as a sentence."""
        self._waiting: list[_Errand] = []
        self._under_way: _Errand | None = None

    def begin(self, name: str, words: Callable[[], str], work: Callable[[], Then]) -> None:
        """Have something done; words say what is going on. One of the same name that still waits is dropped."""
        self.trouble.pop(name, None)
        self._waiting = [errand for errand in self._waiting if errand.name != name]
        self._waiting.append(_Errand(name, words, work))
        self._next()

    def is_under_way(self, *names: str) -> bool:
        """Whether an errand of one of the names is being done or waits; of any, without names."""
        all_ = [*self._waiting, *([self._under_way] if self._under_way else [])]
        return any(not names or errand.name in names for errand in all_)

    def settle(self) -> None:
        """Take over what came of an errand that is done, and begin the next."""
        errand = self._under_way
        if errand is None or not errand.done.is_set():
            return
        self._under_way = None
        if errand.error is not None:
            self.trouble[errand.name] = _sentence(errand.error)
        elif errand.then is not None:
            errand.then()
        self._next()

    def wait(self, seconds: float = 60.0) -> None:
        """Settle until nothing is under way: for whoever has no page that asks. Raises TimeoutError."""
        while (errand := self._under_way) is not None:
            if not errand.done.wait(seconds):
                raise TimeoutError(f"{errand.name} takes longer than {seconds:g} seconds.")
            self.settle()

    def view(self, name: str) -> list[Node]:
        """Return what an errand of that name does now, or why the last one failed."""
        errand = self._under_way
        if errand is not None and errand.name == name:
            return [nodes.notice(errand.words())]
        return [nodes.notice(in_a_form(self.trouble[name]), tone="error")] if name in self.trouble else []

    def pulse(self) -> list[Node]:
        """Return what settles an errand that is under way, for as long as somebody looks."""
        return [nodes.pulse(PULSE, _SOON)] if self._under_way is not None else []

    def _next(self) -> None:
        if self._under_way is None and self._waiting:
            errand = self._under_way = self._waiting.pop(0)
            # A daemon: a kernel that is shut down does not wait for it. Whatever sends is a process of its own.
            threading.Thread(target=errand.run, name=f"clerkbulk {errand.name}", daemon=True).start()


def _sentence(error: Exception) -> str:
    if isinstance(error, ClerkbulkError):
        return str(error)
    said = scrubbed_text(f"{type(error).__name__}: {error}")
    _LOG.error("An errand of a form failed: %s", said)
    return f"clerkbulk itself failed ({said}). Nothing was lost: try again, and please report it if it stays."
