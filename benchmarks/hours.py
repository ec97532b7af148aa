"""How long the sender takes against the bound that Clerk's documented limits set, and what it spends, in virtual time.

    python -m benchmarks.hours [--rows 5000] [--faults] [--latency SECONDS]

Every cell is the whole job (preflight, plan, run) against the emulator, by the emulator's own record: both targets,
both lane settings, with none, 3 % and 10 % of the people known to Clerk already. With --faults it is the run with
three crashes, lost replies, 429 and 503.
"""

from __future__ import annotations

import argparse
import time

import clerkbulk as cb
from clerkbulk.contract.endpoint import Lane
from clerkbulk.contract.target import Target
from clerkbulk.rehearsal import Trial
from clerkbulk.sending.before.pace import Pace

TARGETS: dict[str, Target] = {"application": cb.Application(), "organization": cb.Organization("org_measured")}
LANES = {"bulk": (Lane.BULK,), "both": (Lane.BULK, Lane.SINGLE)}
KNOWN = (0.0, 0.03, 0.1)
HEADER = ("target", "lanes", "known", "hours", "bound", "ratio", "calls", "least", "ratio", "twice", "lost", "seconds")
ROW = "{:<12} {:<5} {:>5} {:>8} {:>6} {:>7} {:>6} {:>6} {:>7} {:>5} {:>5} {:>8}"


def main() -> None:
    """Rehearse every cell and print its line as it comes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--faults", action="store_true", help="measure the run with trouble")
    parser.add_argument("--latency", type=float, default=0.0, help="virtual seconds an answer takes")
    options = parser.parse_args()
    print(f"{options.rows:,} people, {'with trouble' if options.faults else 'calm'}, {options.latency:g} s an answer")
    print(ROW.format(*HEADER))
    for target, where in TARGETS.items():
        for lanes, chosen in LANES.items():
            for known in KNOWN:
                began = time.process_time()
                done = cb.rehearse(
                    _people(options.rows, where),
                    pace=Pace(chosen),
                    known=known,
                    faults=options.faults,
                    latency=options.latency,
                )
                _print(target, lanes, known, done.runs[-1], time.process_time() - began)


def _people(rows: int, target: Target) -> cb.Checked:
    role = {"role": "org:member"} if isinstance(target, cb.Organization) else {}
    return cb.check([{"email_address": f"p{row}@example.com", **role} for row in range(rows)], target)


def _print(target: str, lanes: str, known: float, run: Trial, seconds: float) -> None:
    figures = run.figures()
    print(
        ROW.format(
            target,
            lanes,
            f"{known:.0%}",
            f"{figures['hours']:.3f}",
            f"{figures['bound_hours']:.0f}",
            _ratio(figures["hours"], figures["bound_hours"]),
            figures["calls"],
            figures["least_calls"],
            _ratio(figures["calls"], figures["least_calls"]),
            figures["twice"],
            figures["lost"],
            f"{seconds:.1f}",
        ),
        flush=True,
    )


def _ratio(number: float, least: float) -> str:
    return f"{number / least:.4f}" if least else "-"


if __name__ == "__main__":
    main()
