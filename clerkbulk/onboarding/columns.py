"""Columns: what every frame of onboarding holds, as data: name, kind, unit and meaning of each column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    WHOLE = "whole number"
    NUMBER = "number"
    MOMENT = "moment"
    """An aware time, UTC."""
    DATE = "date"
    """A calendar day in the zone that was asked for."""
    TRUTH = "yes or no"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. may_lack says that it has nulls where there is nothing to say."""

    name: str
    kind: Kind
    says: str
    unit: str = ""
    may_lack: bool = False


_GROUP = Column("group", Kind.TEXT, 'whom the line is about; "everybody" when nothing was asked apart')
_LOW = "lower end of the interval"
_HIGH = "upper end of the interval"


def _whole(name: str, says: str, unit: str = "people", *, may_lack: bool = False) -> Column:
    return Column(name, Kind.WHOLE, says, unit, may_lack)


def _number(name: str, says: str, unit: str, *, may_lack: bool = False) -> Column:
    return Column(name, Kind.NUMBER, says, unit, may_lack)


def _moment(name: str, says: str) -> Column:
    return Column(name, Kind.MOMENT, says, "UTC", may_lack=True)


def _text(name: str, says: str, *, may_lack: bool = False) -> Column:
    return Column(name, Kind.TEXT, says, "", may_lack)


def _share(name: str, says: str, *, may_lack: bool = False) -> Column:
    return Column(name, Kind.NUMBER, says, "share, 0 to 1", may_lack)


TABLE = (
    _text("person", "the address; with people='hash' its keyed hash; with people='omit' there is no such column"),
    _whole("line", "line of the sheet (only with people='show')", "", may_lack=True),
    _text("job", "the job that invited", may_lack=True),
    _text("target", "application or organization"),
    _text("organization", "id of the organization", may_lack=True),
    _text("role", "role the invitation gives", may_lack=True),
    _text("domain", "the part of the address behind the @ (only with people='show')"),
    _whole("wave", "wave of the job", "", may_lack=True),
    _text("stage", "where the person stands: waiting, refused, already_there, open, accepted, joined, expired, ..."),
    _moment("invited_at", "first invitation"),
    _moment("last_invited_at", "last invitation"),
    _whole("invitations", "invitations sent, reminders included", "invitations"),
    _whole("live_links", "links that still work", "links"),
    _moment("accepted_at", "when the link was accepted: the best estimate there is"),
    _moment("accepted_earliest", "accepted not before"),
    _moment("accepted_latest", "accepted not after"),
    _text("accepted_by", "what says so: webhook, membership, user, snapshot or updated_at", may_lack=True),
    _number("uncertain_hours", "accepted_latest less accepted_earliest", "hours", may_lack=True),
    _moment("joined_at", "when an account or membership came into being without the link"),
    _moment("ended_at", "in, or the last link gone"),
    _number("days", "from the first invitation to the end, or so far", "days", may_lack=True),
    _moment("first_sign_in_at", "first sign-in after coming in: the best estimate there is"),
    _moment("first_sign_in_by", "first sign-in not after"),
    _moment("last_active_at", "last activity known"),
    _text("active_week_1", "active on days 2 to 8 after coming in: yes, no, unknown, early", may_lack=True),
    _text("active_week_2", "active on days 9 to 15 after coming in: yes, no, unknown, early", may_lack=True),
)

FRAMES: Mapping[str, tuple[Column, ...]] = {
    "table": TABLE,
    "funnel": (
        _GROUP,
        _text("step", "planned, invited, accepted, first_sign_in, active_week_1, active_week_2"),
        _whole("people", "people who came so far"),
        _whole("otherwise", "people who are in without the link, not among people"),
        _whole("not_known", "people of whom it cannot be known, or not yet"),
        _share("of_first", "people, of those planned", may_lack=True),
        _share("of_previous", "people, of those of the step before", may_lack=True),
    ),
    "curve": (
        _GROUP,
        _number("days", "since the first invitation", "days"),
        _whole("at_risk", "people not in yet and under observation just before"),
        _whole("accepted", "people who accepted at this time"),
        _whole("others", "people whose observation ended otherwise at this time"),
        _share("probability", "accepted by then, if no link ended (Kaplan-Meier)"),
        _share("low", _LOW),
        _share("high", _HIGH),
    ),
    "incidence": (
        _GROUP,
        _text("end", "accepted, joined, expired or revoked"),
        _number("days", "since the first invitation", "days"),
        _share("probability", "journeys that ended so by then (Aalen-Johansen)"),
        _share("low", _LOW),
        _share("high", _HIGH),
        _whole("at_risk", "people whose journey had not ended just before"),
    ),
    "quartiles": (
        _GROUP,
        _whole("people", "people invited"),
        _share("share", "share of the people who had accepted"),
        _number("days", "by so many days; null: not reached", "days", may_lack=True),
        _number("low", _LOW, "days", may_lack=True),
        _number("high", _HIGH, "days", may_lack=True),
        _text("says", "the same in words"),
    ),
    "comparison": (
        _GROUP,
        _whole("people", "people invited"),
        _number("observed", "acceptances", "people"),
        _number("expected", "acceptances if all groups were alike", "people"),
        _number("chi_square", "log-rank statistic, the same on every line", "", may_lack=True),
        _whole("degrees_of_freedom", "groups less one", ""),
        _number("p_value", "chance of so much difference if there is none", "share, 0 to 1", may_lack=True),
    ),
    "cohorts": (
        Column("week", Kind.DATE, "Monday of the week of the first invitation"),
        _whole("invited", "people first invited in that week"),
        _whole("weeks_since", "0: within seven days of the first invitation; 1: within fourteen; and so on", "weeks"),
        _whole("accepted", "people who had accepted by then"),
        _share("share", "accepted of invited"),
        Column("complete", Kind.TRUTH, "whether all of them have been observed so long"),
    ),
    "over_time": (
        Column("date", Kind.DATE, "the counts are those at the end of this day"),
        _whole("waiting", "planned, not invited yet"),
        _whole("open", "with a link that works"),
        _whole("accepted", "in by the link"),
        _whole("joined", "in another way"),
        _whole("expired", "last link expired"),
        _whole("revoked", "last link revoked, or not listed any more"),
    ),
    "sending": (
        Column("at", Kind.MOMENT, "time", "UTC"),
        _whole("planned", "people who should have been invited by then, by the plan", may_lack=True),
        _whole("actual", "people who were", may_lack=True),
    ),
    "forecast": (
        Column("by", Kind.DATE, "the day the forecast is for"),
        _whole("accepted_now", "people who have accepted"),
        _number("expected", "people who will have", "people"),
        _number("low", _LOW, "people"),
        _number("high", _HIGH, "people"),
        _whole("open", "people who can still accept"),
        _whole("planned", "people who are still to be invited"),
    ),
    "nudge": (
        _text("person", "as in the table"),
        _whole("line", "line of the sheet (only with people='show')", "", may_lack=True),
        _text("job", "the job that invited", may_lack=True),
        _number("days_silent", "since the last invitation", "days"),
        _number("expires_in_days", "until the link expires; below 0: it has", "days", may_lack=True),
        _whole("reminders", "invitations after the first", "invitations"),
    ),
    "sources": (
        _text("source", "what says when somebody accepted: webhook, membership, user, snapshot, updated_at"),
        _whole("people", "acceptances dated by it"),
        _number("median_uncertain_hours", "half of them are known better than that", "hours", may_lack=True),
        _number("most_uncertain_hours", "all of them are known at least so well", "hours", may_lack=True),
    ),
    "back_test": (
        Column("made_on", Kind.DATE, "the day on which the forecast would have been made"),
        Column("by", Kind.DATE, "the day it would have been for"),
        _number("expected", "people who would have accepted by then", "people"),
        _number("low", _LOW, "people"),
        _number("high", _HIGH, "people"),
        _whole("came", "people who had"),
        Column("held", Kind.TRUTH, "whether the interval held"),
    ),
}
"""Every frame by the name of the method that returns it."""


def describe() -> str:
    """Return the columns of every frame as Markdown, as docs/onboarding.md holds them."""
    parts = []
    for name, columns in FRAMES.items():
        rows = [
            f"| `{column.name}` | {column.kind.value}{' or null' if column.may_lack else ''} | {column.unit} "
            f"| {column.says.replace('|', chr(92) + '|')} |"
            for column in columns
        ]
        parts.append("\n".join((f"### {name}", "", "| column | kind | unit | is |", "|---|---|---|---|", *rows)))
    return "\n\n".join(parts) + "\n"
