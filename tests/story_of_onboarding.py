"""What notebook 05 shows, held to what really became of its people: the emulator's own record of them.

test_notebooks.py calls hold() with all names of the notebook, in its kernel, after its last cell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from math import exp, inf, isclose, isnan
from statistics import median
from types import SimpleNamespace
from typing import Any

from by_definition import Way, incidence, kaplan_meier, logrank

from clerkbulk.onboarding.hiding import pseudonym
from clerkbulk.onboarding.journey import Answer, Journey, Source
from clerkbulk.rehearsal import Truth

DAY = 86_400.0
WEEK = 7 * DAY
FRIDAY = datetime(2027, 3, 19, 20, tzinfo=UTC).timestamp()
WEDNESDAY = datetime(2027, 3, 25, tzinfo=UTC).timestamp()
THURSDAY = datetime(2027, 3, 25, 9, tzinfo=UTC).timestamp()
END = datetime(2027, 4, 9, 20, tzinfo=UTC).timestamp()
JUST_BEFORE = THURSDAY - 1.0
"""The clock stands still while nobody waits: the look and the reminders of that morning are of one moment."""
DEPARTMENTS = ("Engineering", "Sales", "Support")

People = Mapping[str, Truth]


def hold(names: Mapping[str, Any]) -> None:
    """Hold every number of the notebook to the truth; raises AssertionError."""
    shown = SimpleNamespace(**{name: names[name] for name in names if not name.startswith("_")})
    people = {one.key: one for one in shown.life.truth()}
    for told, now in (
        (shown.told, FRIDAY), (shown.wednesday, WEDNESDAY), (shown.thursday, JUST_BEFORE), (shown.final, END),
    ):  # fmt: skip
        _journeys(told, people, now)
    # Hashes hide who is on which line, and the order of the lines tells nothing.
    secret = shown.final.secret
    shown.of_whom = shown.table.person.map({pseudonym(one.key, secret): one.key for one in shown.final.journeys})
    for part in (_sent, _waves, _departments, _forecast, _ends, _reminder, _funnel, _days, _weeks, _export, _sources):
        part(shown, people)


def _of(people: People, department: str) -> People:
    return {key: one for key, one in people.items() if one.group == department}


def _near(shown: Iterable[float], true: Iterable[float]) -> None:
    for one, other in zip(shown, true, strict=True):
        assert isclose(one, other, rel_tol=1e-9, abs_tol=1e-9), (one, other)


def _accepted_by(people: People, moment: float) -> int:
    return sum(one.stage_at(moment) == "accepted" for one in people.values())


def _way(one: Truth, now: float) -> Way:
    """Return how long somebody was on the way as of now, and how that ended."""
    begun, stage = one.links[0].sent_at, one.stage_at(now)
    if stage in {"accepted", "joined"} and one.in_at is not None:
        return (one.in_at - begun) / DAY, stage
    if stage == "open":
        return (now - begun) / DAY, None
    return (max(link.ended_at or 0.0 for link in one.links if link.sent_at <= now) - begun) / DAY, stage


def _ways(people: People, now: float) -> list[Way]:
    return sorted((_way(one, now) for one in people.values()), key=lambda way: way[0])


# The journeys that everything is made of.


def _journeys(told: Any, people: People, now: float) -> None:
    assert told.now in {now, THURSDAY}
    assert sorted(one.key for one in told.journeys) == sorted(people)
    for journey in told.journeys:
        true = people[journey.key]
        assert str(journey.stage) == true.stage_at(now), (journey, true)
        assert [link.sent_at for link in journey.links] == [at for at in true.invited_at if at <= now]
        if journey.acceptance is None:
            assert true.accepted_at is None or true.accepted_at > now
        else:
            when = journey.acceptance.time
            assert true.accepted_at is not None
            assert when.earliest <= true.accepted_at <= when.latest
            assert journey.acceptance.source is Source.USER
            assert when.at == true.accepted_at
        if journey.joined_at is not None:
            assert journey.joined_at == true.joined_at
        if journey.is_in:
            _activity(journey, true, now)
        assert journey.metadata["Department"] == true.group


def _activity(journey: Journey, true: Truth, now: float) -> None:
    """Yes and no are as it was; unknown and early are allowed, and early only while it is early."""
    assert journey.first_sign_in is not None
    assert true.in_at is not None
    signed_in = min(at for at in true.signed_in_at if at >= true.in_at)
    assert journey.first_sign_in.earliest <= signed_in <= journey.first_sign_in.latest
    for week, answer in enumerate(journey.active_in_week, 1):
        if answer in {Answer.YES, Answer.NO}:
            came = true.came_back_in_week(week)
            assert came == (answer is Answer.YES), (journey, true)
        elif answer is Answer.EARLY:
            assert now < true.in_at + week * WEEK + 2 * DAY


# The numbers, section by section.


def _sent(shown: Any, people: People) -> None:
    assert len(people) == shown.sent.sent == 3000
    assert shown.sent.invalid == shown.final.left_out == shown.firm.duplicates + shown.firm.broken


def _waves(shown: Any, people: People) -> None:
    by_sending = sorted(people.values(), key=lambda one: one.links[0].sent_at)
    waves = {1: by_sending[:300], 2: by_sending[300:1500], 3: by_sending[1500:]}
    for wave, them in waves.items():
        took = [_way(one, FRIDAY)[0] for one in them if one.stage_at(FRIDAY) == "accepted"]
        line = shown.counted.loc[wave]
        assert line.invited == len(them)
        _near([line.accepted, line.median_days], [len(took) / len(them), median(took)])
        shortest = min(FRIDAY - one.links[0].sent_at for one in them) / DAY
        for day in shown.by_wave.index:
            value = shown.by_wave.loc[day, wave]
            if day > max(FRIDAY - one.links[0].sent_at for one in them) / DAY:
                assert isnan(value)
            else:
                # Nobody has been lost sight of so early: the curve is the plain share.
                assert day <= shortest
                _near([value], [sum(days <= day for days in took) / len(them)])
    ways = [_ways({one.key: one for one in them}, FRIDAY) for them in waves.values()]
    compared = shown.comparison_of_waves
    _compared(compared, ways)
    assert compared.p_value[0] > 0.05
    _quartiles(shown.quartiles, _ways(people, FRIDAY))
    stood = Counter(one.stage_at(FRIDAY) for one in people.values())
    assert shown.failed.tolist() == [3000 - stood["accepted"], stood["open"], stood["expired"], stood["joined"]]


def _departments(shown: Any, people: People) -> None:
    ways = {name: _ways(_of(people, name), FRIDAY) for name in DEPARTMENTS}
    for name, of_it in ways.items():
        points = shown.by_department[shown.by_department.group == name]
        for place, column in enumerate(("days", "at_risk", "accepted", "others", "probability", "low", "high")):
            _near(points[column][1:], [point[place] for point in kaplan_meier(of_it)])
        assert points.iloc[0, 1:].tolist() == [0, len(of_it), 0, 0, 0, 0, 0]
        _quartiles(shown.quartiles_by_department[shown.quartiles_by_department.group == name], of_it)
    compared = shown.comparison
    assert compared.group.tolist() == list(DEPARTMENTS)
    _compared(compared, list(ways.values()))
    assert compared.p_value[0] < 0.001


def _forecast(shown: Any, people: People) -> None:
    made = shown.forecast.iloc[0]
    by = datetime(2027, 3, 25, tzinfo=UTC).timestamp()
    stood = Counter(one.stage_at(FRIDAY) for one in people.values())
    assert (made.accepted_now, made.open, made.planned) == (stood["accepted"], stood["open"], 0)
    assert made.by.date() == date(2027, 3, 24)
    assert made.low <= _accepted_by(people, by) <= made.high
    assert made.low <= made.expected <= made.high
    assert shown.came == _accepted_by(people, by)
    tested = shown.told.back_tested(5).tested
    assert shown.back_test.came.tolist() == [_accepted_by(people, one.forecast.by) for one in tested]
    for line, one in zip(shown.back_test.itertuples(), tested, strict=True):
        assert one.forecast.accepted_now == _accepted_by(people, one.made_at)
        assert line.made_on.date() == datetime.fromtimestamp(one.made_at, UTC).date()
        assert line.by - line.made_on == timedelta(days=5)
        assert line.low <= line.expected <= line.high
        assert (line.expected, line.low, line.high) == (one.forecast.expected, one.forecast.low, one.forecast.high)
        assert line.held == (line.low <= line.came <= line.high)
    revoked = [one for one in people.values() if _is_taken_back(one)]
    assert shown.step.withdrawn == len(revoked) == 22
    assert sum(one.stage_at(END) == "joined" for one in revoked) == 3


def _is_taken_back(one: Truth) -> bool:
    """Whether the first link was revoked while it worked, before anybody was reminded."""
    first = one.links[0]
    return first.status == "revoked" and first.ended_at != first.expires_at and (first.ended_at or inf) < WEDNESDAY


def _ends(shown: Any, people: People) -> None:
    ways = _ways(people, WEDNESDAY)
    everywhere = shown.incidence
    for end in ("accepted", "joined", "expired", "revoked"):
        curve = everywhere[everywhere.end == end]
        true, band = incidence(ways, end)
        for line in curve.itertuples():
            days, share = next(point for point in reversed(true) if point[0] <= line.days + 1e-9)
            _near([line.days, line.probability], [days, share])
            assert line.at_risk == sum(days >= line.days for days, _ in ways)
            if line.days <= 8.5:
                # Everybody was invited that long ago: plain shares.
                _near([share], [sum(days <= line.days and how == end for days, how in ways) / len(people)])
        _near(shown.ends.loc[end], [true[-1][1], *band])
        assert (curve.low <= curve.probability).all()
        assert (curve.probability <= curve.high).all()


def _reminder(shown: Any, people: People) -> None:
    def is_silent(one: Truth) -> bool:
        return one.stage_at(JUST_BEFORE) in {"open", "expired"} and THURSDAY - one.links[0].sent_at >= WEEK

    silent = {key for key, one in people.items() if is_silent(one)}
    assert sorted(shown.silent.person) == sorted(silent)
    in_sales = silent & _of(people, "Sales").keys()
    assert sorted(shown.nudge.person) == sorted(in_sales)
    sheet = shown.firm.csv.splitlines()
    for line in (*shown.silent.itertuples(), *shown.nudge.itertuples()):
        assert line.person in sheet[line.line - 1]
        first = people[line.person].links[0]
        _near([line.days_silent], [(THURSDAY - first.sent_at) / DAY])
        _near([line.expires_in_days], [(first.expires_at - THURSDAY) / DAY])
        assert line.reminders == 0
    assert shown.nudge.days_silent.astype(int).is_monotonic_decreasing
    assert {key for key, one in people.items() if len(one.links) == 2} <= in_sales
    assert shown.reminded.sent == sum(len(one.links) == 2 for one in people.values())


def _funnel(shown: Any, people: People) -> None:
    parts = [shown.funnel, *(part for _, part in shown.funnel_by_department.groupby("group"))]
    for frame, them in zip(parts, (people, *(_of(people, name) for name in DEPARTMENTS)), strict=True):
        step = frame.set_index("step")
        stood = Counter(one.stage_at(END) for one in them.values())
        accepted = [one for one in them.values() if one.stage_at(END) == "accepted"]
        assert step.people[:4].tolist() == [len(them), len(them), stood["accepted"], stood["accepted"]]
        assert step.otherwise[:4].tolist() == [0, 0, stood["joined"], stood["joined"]]
        assert step.not_known[:4].tolist() == [0, 0, 0, 0]
        back = [one for one in accepted if one.came_back_in_week(1)]
        twice = [one for one in back if one.came_back_in_week(2)]
        for name, came in (("active_week_1", len(back)), ("active_week_2", len(twice))):
            assert step.people[name] <= came <= step.people[name] + step.not_known[name]
        _near(step.of_first, step.people / len(them))
        lines = shown.table[(shown.table.stage == "accepted") & shown.of_whom.isin(them)]
        known = [
            lines.active_week_1.isin({"yes", "no"}),
            (lines.active_week_1 == "yes") & lines.active_week_2.isin({"yes", "no"}),
        ]
        weeks = [step.people.iloc[4] / known[0].sum(), step.people.iloc[5] / known[1].sum()]
        _near(step.of_previous[1:], [1.0, stood["accepted"] / len(them), 1.0, *weeks])
        assert isnan(step.of_previous.iloc[0])
    together = shown.funnel_by_department.groupby("step", sort=False)[["people", "otherwise", "not_known"]].sum()
    assert together.to_numpy().tolist() == shown.funnel[["people", "otherwise", "not_known"]].to_numpy().tolist()


def _days(shown: Any, people: People) -> None:
    days = [date(2027, 3, 1) + timedelta(days=number) for number in range(40)]
    assert [one.date() for one in shown.over_time.date] == days
    stages = ("waiting", "open", "accepted", "joined", "expired", "revoked")
    for line in shown.over_time.itertuples():
        midnight = (line.date + timedelta(days=1)).replace(tzinfo=UTC).timestamp()
        stood = Counter(one.stage_at(min(midnight - 0.001, END)) for one in people.values())
        assert [getattr(line, stage) for stage in stages] == [stood[stage] for stage in stages], line.date
    sent = [one.links[0].sent_at for one in people.values()]
    assert (shown.sending.planned[0], shown.sending.actual[0]) == (0, 0)
    _near([at.timestamp() for at in shown.sending["at"][1:]], sorted(set(sent)))
    for point in shown.sending[1:].itertuples():
        assert point.actual == point.planned == sum(at <= point.at.timestamp() for at in sent)
    assert shown.sending.actual.iloc[-1] == 3000


def _weeks(shown: Any, people: People) -> None:
    cells = {}
    for monday in (date(2027, 3, 1), date(2027, 3, 8), date(2027, 3, 15)):
        begins = datetime(monday.year, monday.month, monday.day, tzinfo=UTC).timestamp()
        them = [one for one in people.values() if begins <= one.links[0].sent_at < begins + WEEK]
        longest, shortest = (END - pick(one.links[0].sent_at for one in them) for pick in (min, max))
        took = [_way(one, END)[0] * DAY for one in them if one.stage_at(END) == "accepted"]
        for week in range(int(longest // WEEK) + 1):
            ends = (week + 1) * WEEK
            cells[monday, week] = (len(them), sum(days < ends for days in took), ends <= shortest)
    shown_cells = {
        (one.week.date(), one.weeks_since): (one.invited, one.accepted, one.complete)
        for one in shown.cohorts.itertuples()
    }
    assert shown_cells == cells
    _near(shown.cohorts.share, shown.cohorts.accepted / shown.cohorts.invited)


def _export(shown: Any, people: People) -> None:
    sales = _of(people, "Sales")
    stood = Counter(one.stage_at(END) for one in sales.values())
    links = [link for one in sales.values() for link in one.links]
    waited = [
        (one.accepted_at - link.sent_at) / DAY
        for one in sales.values()
        for link in one.links
        if one.accepted_at is not None and link.invitation_id == one.accepted_id
    ]
    assert shown.beside.export.tolist() == [len(links), len(waited), 0]
    assert shown.beside.people.tolist() == [len(sales), stood["accepted"], stood["joined"]]
    _near(shown.shares, [len(waited) / len(links), stood["accepted"] / len(sales)])
    half = next(point[0] for point in kaplan_meier(_ways(sales, END)) if point[4] >= 0.5)
    _near([shown.accepted.days.median(), shown.half], [median(waited), half])


def _sources(shown: Any, people: People) -> None:
    source = shown.sources.set_index("source")
    accepted = [one for one in people.values() if one.stage_at(END) == "accepted"]
    assert source.people.to_dict() == {
        "webhook": 0, "membership": 0, "user": len(accepted), "snapshot": 0, "updated_at": 0,
    }  # fmt: skip
    assert source.most_uncertain_hours["user"] == 0
    assert len(set(shown.table.person)) == len(people)
    assert "@" not in shown.table.to_csv()
    assert shown.came_in.equals(shown.table[shown.table.stage == "accepted"])
    for key, line in zip(shown.of_whom, shown.table.itertuples(), strict=True):
        _line(line, people[key])
    evening = datetime(2027, 3, 26, 20, tzinfo=UTC).timestamp()
    early, late = ([one for one in accepted if ((one.in_at or 0) >= evening) is is_late] for is_late in (False, True))
    for column, them in zip(shown.certainty, (early, late, accepted), strict=True):
        answers = shown.certainty[column]
        assert answers.sum() == len(them)
        assert answers["yes"] <= sum(one.came_back_in_week(1) for one in them) <= len(them) - answers["no"]


def _line(line: Any, true: Truth) -> None:
    """Hold a person's line of the table to the truth."""
    days, end = _way(true, END)
    assert (line.stage, line.invitations, line.live_links) == (end, len(true.links), 0)
    _near([line.days], [days])
    begun = true.links[0].sent_at
    sign_ins = [at for at in true.signed_in_at if at <= END]
    moments = {
        "invited_at": begun,
        "last_invited_at": true.links[-1].sent_at,
        **dict.fromkeys(("accepted_at", "accepted_earliest", "accepted_latest"), true.accepted_at),
        "joined_at": true.joined_at,
        "ended_at": begun + days * DAY,
        "first_sign_in_at": min(sign_ins, default=None) if end == "accepted" else None,
        "last_active_at": max((at for at in true.active_at if at <= END), default=None),
    }
    if end == "joined":
        # Of who came without the link only sign-ins that a look has shown are known; this is the first of them.
        del moments["first_sign_in_at"]
        assert min(sign_ins) <= line.first_sign_in_at.timestamp()
    for name, moment in moments.items():
        value = getattr(line, name)
        is_missing = value != value  # pandas' missing moment is unequal to itself
        assert is_missing if moment is None else isclose(value.timestamp(), moment), (name, line, true)
    assert line.first_sign_in_by >= line.first_sign_in_at or not sign_ins
    assert line.uncertain_hours == 0 or end != "accepted"


# What several of them show.


def _quartiles(shown: Any, ways: Sequence[Way]) -> None:
    curve = kaplan_meier(ways)

    def reached(share: float, place: int) -> float | None:
        return next((point[0] for point in curve if point[place] >= share - 1e-12), None)

    assert shown.share.tolist() == [0.25, 0.5, 0.75]
    for line in shown.itertuples():
        assert line.people == len(ways)
        true = (reached(line.share, at) for at in (4, 6, 5))
        for value, other in zip((line.days, line.low, line.high), true, strict=True):
            assert isnan(value) if other is None else isclose(value, other), (line, other)


def _compared(shown: Any, ways: Sequence[Sequence[Way]]) -> None:
    chi_square, expected = logrank(ways)
    assert shown.people.tolist() == [len(them) for them in ways]
    assert shown.observed.tolist() == [sum(end == "accepted" for _, end in them) for them in ways]
    assert shown.degrees_of_freedom.tolist() == [2, 2, 2]
    _near(shown.expected, expected)
    _near(shown.chi_square, [chi_square] * 3)
    _near(shown.p_value, [exp(-chi_square / 2)] * 3)
