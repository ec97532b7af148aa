"""Rehearse: a table's whole job against the emulator in virtual time, before it is done for good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from clerkbulk.contract.target import Organization, Target
from clerkbulk.contract.unknown import UNKNOWNS
from clerkbulk.emulator.instance import Settings
from clerkbulk.errors import InputError
from clerkbulk.people.checked import Checked
from clerkbulk.rehearsal.trial import Show, Stage, Trial, run_trial
from clerkbulk.sending.before.pace import Pace

START = 1_798_761_600.0
"""When a rehearsal begins unless told: Friday 1 January 2027, 00:00 UTC."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a rehearsal came to: its runs, the calm one first."""

    target: Target
    rows: int
    invitations: int
    """Rows that are invitations; the others have issues."""
    known: int
    """People of them whom Clerk was pretended to have already."""
    runs: tuple[Trial, ...]

    @property
    def calm(self) -> Trial:
        """The run in which nothing goes wrong."""
        return self.runs[0]

    @property
    def ok(self) -> bool:
        """Whether nobody was invited twice, nobody forgotten, and every job came to its end."""
        return all(not run.twice and not run.lost and run.reason is None for run in self.runs)

    def to_json(self) -> dict[str, Any]:
        """Return the rehearsal as ``rehearse --format json`` prints it: the figures are those of the calm run."""
        return {
            **self.calm.figures(),
            "target": _target_json(self.target),
            "rows": self.rows,
            "invitations": self.invitations,
            "known": self.known,
            "runs": [run.to_json() for run in self.runs],
        }


def rehearse(
    checked: Checked,
    *,
    pace: Pace | None = None,
    known: float = 0.0,
    faults: bool = True,
    seed: int = 0,
    start: datetime | None = None,
    answers: Mapping[str, str] | None = None,
    latency: float = 0.0,
    show: Show | None = None,
) -> Rehearsal:
    """Do the whole job of a checked table against the emulator, with Clerk's documented limits and in virtual time.

    Needs no key, no network and no server; the ledger lies in a temporary folder. The job is the one that really sends:
    preflight, plan, run. It runs once without and, with faults, once more with three crashes, lost replies, a storm of
    429 and answers of 503, before and after the work is done, all drawn from seed.

    pace says which lanes are used and when, as for Job.run(). known is the share of the people (0 to 1) whom Clerk is
    pretended to have already, as users, members or with an open invitation. start is an aware time (default: the
    pace's, or 1 January 2027, a Friday). answers decides open questions about Clerk by name, see
    clerkbulk.contract.unknown. latency is the seconds Clerk takes for an answer; it is not documented, so none are
    assumed. show is called at every step. Raises InputError.
    """
    pace = pace or Pace()
    if not 0 <= latency <= 30:
        raise InputError(f"The latency is seconds, from 0 to 30, not {latency}.")
    begin = start.timestamp() if start is not None else pace.start if pace.start is not None else START
    # The emulator counts in milliseconds: a call must not seem to leave before the start.
    stage = Stage(checked, pace, float(int(begin)), known, seed, settings_of(answers or {}), latency)
    runs = tuple(
        run_trial(stage, faults=troubled, show=show or _nobody) for troubled in ((False, True) if faults else (False,))
    )
    return Rehearsal(
        target=checked.target,
        rows=checked.rows,
        invitations=len(checked.items),
        known=round(len(checked.items) * known),
        runs=runs,
    )


def settings_of(answers: Mapping[str, str]) -> Settings:
    """Return an instance's settings that answer open questions so, by name. Raises InputError."""
    questions = [question.name for question in UNKNOWNS]
    for name in answers:
        if name not in questions:
            near = get_close_matches(name, questions, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(questions)}."
            raise InputError(f"There is no open question {name!r}: {hint}")
    return Settings.from_document(dict(answers))


def _target_json(target: Target) -> dict[str, str]:
    organization = {"organization_id": target.organization_id} if isinstance(target, Organization) else {}
    return {"kind": target.kind, **organization}


def _nobody(faults: bool, progress: object) -> None:
    return None
