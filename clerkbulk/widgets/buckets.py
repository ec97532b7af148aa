"""Buckets: what preflight found, one decision each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from clerkbulk.people.wording import counted
from clerkbulk.sending.before.preflight import MEANINGS, Bucket, Decision, Preflight
from clerkbulk.sending.before.roles import GivenRole
from clerkbulk.widgets import nodes
from clerkbulk.widgets.nodes import Node
from clerkbulk.widgets.words import in_a_form, lines_in_words

DECIDE: Final = "decide"
"""Fields are called decide:BUCKET."""
_WORDS: Final[Mapping[Decision, str]] = {
    Decision.SKIP: "leave them out",
    Decision.SEND: "invite them all the same",
    Decision.ASK: "please decide …",
    Decision.STOP: "do not begin",
}


def bucket_of(name: str) -> Bucket | None:
    """Return the bucket that a field decides about, None for another field."""
    kind, _, bucket = name.partition(":")
    return Bucket(bucket) if kind == DECIDE else None


def buckets(found: Preflight) -> list[Node]:
    """Return how many are ready, and each bucket that holds anybody else with what is done about it."""
    ready = found.in_bucket(Bucket.READY)
    people = sum(map(len, found.buckets.values()))
    said = f"{len(ready):,} of {counted(people, 'person', 'people')} ready, found by {counted(found.reads, 'read')}."
    made = [nodes.text(said)]
    others = [bucket for bucket, rows in found.buckets.items() if rows and bucket is not Bucket.READY]
    if others:
        fields = [_decision(bucket, found) for bucket in others]
        made.append(nodes.box(fields, as_="fields", label="Who needs a decision, or is left out", key="buckets"))
    return made


def _decision(bucket: Bucket, found: Preflight) -> Node:
    meaning, decision, rows = MEANINGS[bucket], found.policy.decision(bucket), found.in_bucket(bucket)
    offered = dict.fromkeys((meaning.default, Decision.SKIP, Decision.SEND))
    remedy = in_a_form(meaning.remedy)
    return nodes.field(
        f"{DECIDE}:{bucket.value}",
        f"{counted(len(rows), 'person', 'people')}: {meaning.says}",
        decision.value,
        kind="select",
        options=[(one.value, _WORDS[one]) for one in offered],
        help_=f"{lines_in_words([row.line for row in rows]).capitalize()}. {remedy}",
        error="Nothing is sent while anybody is here: correct the lines, or leave them out."
        if decision is Decision.STOP
        else None,
        warning="Decide about them first." if decision is Decision.ASK else None,
    )


def roles(given: Sequence[GivenRole]) -> list[Node]:
    """Return who is given which role; those that let people manage the organization stand out."""
    return [
        nodes.notice(_privileged(role), tone="warning")
        if role.is_privileged
        else nodes.text(f"{counted(len(role.lines), 'person', 'people')} as {role.key}.")
        for role in given
    ]


def _privileged(role: GivenRole) -> str:
    *others, last = role.may
    may = f"{', '.join(others)} and {last}" if others else last
    who = counted(len(role.lines), "person", "people")
    return f"Privileged: {who} as {role.key}, who can {may}: {lines_in_words(role.lines)}."
