"""Sections: the parts of the report below its first screen, each a function of how onboarding goes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from math import inf
from typing import TYPE_CHECKING, Any

from clerkbulk.onboarding.journey import DAY, Journey, Stage
from clerkbulk.onboarding.plots import svg
from clerkbulk.onboarding.plots.funnel import STEPS
from clerkbulk.onboarding.plots.style import PHONE, WIDE
from clerkbulk.onboarding.report.answer import percent
from clerkbulk.onboarding.report.group import HEADS, groups_of
from clerkbulk.onboarding.report.markup import figure, paragraph, section, table
from clerkbulk.onboarding.statistics.nudge import nudge
from clerkbulk.people.wording import counted

if TYPE_CHECKING:
    from clerkbulk.onboarding.onboarding import Onboarding

_SILENT = ((0, 7), (7, 14), (14, 30), (30, None))
"""Days since the last invitation by which those who can still accept are counted."""
_SOURCES = {
    "webhook": "webhook of the acceptance",
    "membership": "beginning of the membership",
    "user": "beginning of the account",
    "snapshot": "two looks between which it changed",
    "updated_at": "latest change of the invitation",
}


def picture(shown: Onboarding, what: str, caption: str = "", by: str | None = None, **look: Any) -> str:
    """Return a picture in both widths."""
    # Equal groups have equal pictures: each has ids of its own.
    wide, narrow = (svg(shown.plot(what, by, width=width, **look), own=f"{what} {by}") for width in (WIDE, PHONE))
    return figure(wide, narrow, caption)


def funnel(shown: Onboarding) -> str:
    """How many came how far."""
    rows = (
        (STEPS[step], f"{people:,}", _percent(of_first), _percent(of_previous), f"{not_known:,}" if not_known else None)
        for step, people, not_known, of_first, of_previous in _columns(
            shown.funnel(), "step", "people", "not_known", "of_first", "of_previous"
        )
    )
    heads = ("Step", "People", "of planned", "of the step before", "not known")
    return section("Funnel", picture(shown, "funnel"), table(heads, rows))


def time_to_accept(shown: Onboarding) -> str:
    """How long it takes, and how journeys end."""
    words = {0.25: "A quarter", 0.5: "Half", 0.75: "Three quarters"}
    rows = ((words[share], says) for share, says in _columns(shown.quartiles(), "share", "says"))
    return section(
        "Time to accept",
        picture(shown, "curve"),
        table(("Of the people", "had accepted within (95 % interval)"), rows, text=frozenset({1})),
        picture(shown, "incidence"),
    )


def over_days(shown: Onboarding, until: date) -> str:
    """Where people were day by day, what is to be expected, and whether the sending kept to its plan."""
    parts = [picture(shown, "over_time"), picture(shown, "forecast", until=until)]
    parts += [paragraph(shown.back_tested().says, "quiet")]
    if shown.sending_course:
        parts.append(picture(shown, "sending"))
    return section("Day by day", *parts)


def weeks(shown: Onboarding) -> str:
    """How each week's invitations do; nothing while there is only one week."""
    found = shown.cohorts()
    return section("By week of invitation", picture(shown, "cohorts")) if len(set(found["week"])) > 1 else ""


def groups(shown: Onboarding, by: str, at_least: int) -> str:
    """How groups differ."""
    found = list(groups_of(shown, by, at_least))
    rows = ((one.name, f"{one.invited:,}", f"{one.accepted:,}", one.share, one.half) for one in found)
    heads = ("Group", "Invited", "Accepted", *HEADS[2:])
    merged = f"Groups of fewer than {at_least} people are counted together." if at_least > 1 else ""
    what = picture(shown, "comparison", by=by, at_least=at_least) if len(found) > 1 else ""
    return section(f"By {by}", what, table(heads, rows, caption=merged, text=frozenset({4})))


def still_open(shown: Onboarding) -> str:
    """Who can still accept, counted by silence, and who can be reminded."""
    invited = [one for one in shown.journeys if one.stage in {Stage.OPEN, Stage.EXPIRED}]
    can_be_reminded = {(one.key, one.job_id) for one in nudge(shown.journeys, shown.now, silent_days=0)}
    rows = []
    for name, some in _by_silence(invited, shown.now):
        soon = sum(_expires_within_a_week(one, shown.now) for one in some)
        reminded = sum(len(one.links) > 1 for one in some)
        free = sum((one.key, one.job_id) in can_be_reminded for one in some)
        rows.append((name, *(f"{number:,}" for number in (len(some), soon, reminded, free))))
    if not rows:
        return section("Still open", paragraph("Nobody: every invitation has come to its end."))
    said = "People by days since their last invitation. A person is reminded once (clerkbulk remind)."
    heads = ("Invited", "People", "link expires within 7 days", "reminded already", "can be reminded")
    return section("Still open", table(heads, rows, caption=said))


def _by_silence(people: list[Journey], now: float) -> Iterator[tuple[str, list[Journey]]]:
    """Yield people whose link works by days since the last invitation, then those whose link expired; nobody: none."""
    for low, high in _SILENT:
        some = [
            one
            for one in people
            if one.stage is Stage.OPEN and low <= (now - (one.last_invited_at or now)) / DAY < (high or inf)
        ]
        if some:
            yield (f"{low} days ago or more" if high is None else f"{low} to {high - 1} days ago"), some
    if expired := [one for one in people if one.stage is Stage.EXPIRED]:
        yield "link expired", expired


def _expires_within_a_week(one: Journey, now: float) -> bool:
    ends = [link.expires_at for link in one.links if link.ended_at is None and link.expires_at is not None]
    return bool(ends) and 0 <= max(ends) - now < 7 * DAY


def everyone(shown: Onboarding) -> str:
    """A line about every person."""
    heads = ("Address", "Line", "Stage", "Invited", "Invitations", "In", "said by", "First sign-in")
    names = ("person", "line", "stage", "invited_at", "invitations", "accepted_at", "accepted_by", "first_sign_in_at")
    frame = shown.table("show", metadata=())
    rows = (
        (who, line, stage.replace("_", " "), _day(invited), many or None, _day(at), by, _day(sign_in))
        for who, line, stage, invited, many, at, by, sign_in in _columns(frame, *names)
    )
    return section("Everybody", table(heads, rows, text=frozenset({0})))


def how_obtained(shown: Onboarding) -> str:
    """What says when people accepted, how sure it is, and what is not in the report."""
    rows = (
        (_SOURCES[source], f"{people:,}", _hours(half), _hours(most))
        for source, people, half, most in _columns(
            shown.sources(), "source", "people", "median_uncertain_hours", "most_uncertain_hours"
        )
        if people
    )
    said = "What says when somebody accepted. How well: the time between the earliest and the latest it can be."
    parts = [table(("Source", "People", "half better than", "all better than"), rows, caption=said)]
    if shown.left_out:
        rows_out = counted(shown.left_out, "row")
        parts.append(paragraph(f"{rows_out} of the tables were no invitations (invalid, or purged) and count nowhere."))
    return section("How these numbers were obtained", *parts)


def _columns(frame: dict[str, list[Any]], *names: str) -> Iterator[tuple[Any, ...]]:
    return zip(*(frame[name] for name in names), strict=True)


def _percent(share: float | None) -> str | None:
    return None if share is None else percent(share)


def _hours(hours: float | None) -> str | None:
    if hours is None:
        return None
    if hours < 1 / 60:
        return "a minute"
    return (
        f"{hours * 60:.0f} minutes" if hours < 2 else f"{hours:.0f} hours" if hours < 72 else f"{hours / 24:.0f} days"
    )


def _day(at: Any) -> str | None:
    return None if at is None else f"{at:%Y-%m-%d}"
