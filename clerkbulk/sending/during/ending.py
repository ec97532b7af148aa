"""Ending: what the ledger keeps of an answer to a call."""

from __future__ import annotations

from clerkbulk.contract.reply import Outcome, Refused, Unsure, Wait
from clerkbulk.sending.answer import Answer
from clerkbulk.sending.during.call import Ending
from clerkbulk.sending.scrub import scrubbed, scrubbed_text


def ending_of(answer: Answer, outcome: Outcome) -> Ending:
    """Return what is written down of an answer: its reply scrubbed, and what it meant."""
    reason, code, seconds = None, None, None
    match outcome:
        case Refused():
            reason, code = "; ".join(problem.sentence for problem in outcome.problems), outcome.problems[0].code
        case Unsure():
            reason = outcome.reason
        case Wait():
            seconds = outcome.seconds
    return Ending(
        outcome=type(outcome).__name__.lower(),
        status=answer.status,
        reason=scrubbed_text(reason) if reason else None,
        code=code,
        retry_after=seconds,
        trace_id=outcome.trace_id,
        reply=scrubbed(answer.body),
    )
