"""The server's clock, as seen from a machine: right to half a look's length, and never going backwards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkbulk.errors import LedgerError
from clerkbulk.sending.store.server_clock import AGAIN, RETRY, Look, ServerClock, steady

NOON = 1_800_014_400.0


class World:
    """A machine's count of time and its clock, and a server's clock, each of which can be set."""

    def __init__(self) -> None:
        self.count, self.wall, self.server = 100.0, 5_000.0, NOON
        self.there, self.back = 0.0, 0.0
        self.looks, self.is_down = 0, False

    def pass_by(self, seconds: float) -> None:
        self.count += seconds
        self.wall += seconds
        self.server += seconds

    def look(self) -> Look:
        self.looks += 1
        if self.is_down:
            raise LedgerError("down")
        before = self.count
        self.pass_by(self.there)
        told = self.server
        self.pass_by(self.back)
        return Look(before, told, self.count)

    def clock(self) -> ServerClock:
        return ServerClock(self.look, (LedgerError,), steady=lambda: self.count, wall=lambda: self.wall)


@pytest.mark.parametrize(("there", "back", "wrong"), [(0, 0, 0), (1, 1, 0), (0, 1, -0.5), (1, 0, 0.5)])
def test_it_shows_the_servers_time_whatever_the_machine_s_clock_shows(there: float, back: float, wrong: float) -> None:
    """A look is read in its middle; between two looks the machine counts on."""
    world = World()
    world.there, world.back = there, back
    clock = world.clock()
    for passed, looks in ((0.0, 1), (100.25, 1), (AGAIN, 2), (1.0, 2)):
        world.pass_by(passed)
        assert (clock.now() - world.server, world.looks) == (wrong, looks)


def test_it_looks_again_when_the_machine_was_asleep_or_its_clock_was_set() -> None:
    """Asleep without its count showing it: an hour passed on the server and, by now, on the machine's clock."""
    world = World()
    clock = world.clock()
    world.wall += 3600
    world.server += 3600
    assert (clock.now(), world.looks) == (NOON + 3600, 2)
    world.wall -= 86_400
    assert (clock.now(), world.looks) == (NOON + 3600, 3)
    assert (clock.now(), world.looks) == (NOON + 3600, 3)


def test_a_look_that_fails_is_made_again_after_a_while() -> None:
    """Until then the machine counts on; whoever writes next is told that the server is gone."""
    world = World()
    clock = world.clock()
    world.is_down = True
    world.pass_by(AGAIN)
    assert (clock.now(), clock.now(), world.looks) == (world.server, world.server, 2)
    world.pass_by(RETRY)
    world.server += 5
    assert (clock.now(), world.looks) == (world.server - 5, 3)
    world.is_down = False
    world.pass_by(RETRY)
    assert (clock.now(), world.looks) == (world.server, 4)


def test_a_server_out_of_reach_at_the_beginning_is_an_error() -> None:
    """There is no time to show."""
    world = World()
    world.is_down = True
    with pytest.raises(LedgerError, match="down"):
        world.clock()


def test_a_server_whose_clock_is_set_back_is_waited_for_at_half_the_pace() -> None:
    """A minute too far, it takes two minutes to be right again, and time never stands still."""
    world = World()
    clock = world.clock()
    world.pass_by(AGAIN)
    world.server -= 60
    seen = []
    for _ in range(6):
        seen.append(clock.now() - world.server)
        world.pass_by(30)
    assert seen == [60, 45, 30, 15, 0, 0]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["pass", "server", "wall", "down", "up", "far"]), st.floats(-4000, 4000, allow_nan=False)
        ),
        max_size=30,
    )
)
def test_it_never_goes_backwards(events: list[tuple[str, float]]) -> None:
    """Whatever is done to either clock, and however long the looks take."""
    world = World()
    clock = world.clock()
    last = clock.now()
    for what, number in events:
        match what:
            case "pass":
                world.pass_by(abs(number))
            case "server":
                world.server += number
            case "wall":
                world.wall += number
            case "far":
                world.there, world.back = abs(number) / 1000, abs(number) / 500
            case _:
                world.is_down = what == "down"
        shown = clock.now()
        assert shown >= last
        last = shown


def test_the_machine_s_count_goes_on_while_it_sleeps() -> None:
    """Where the system counts the time asleep, that count is taken."""
    before = steady()
    assert 0 <= steady() - before < 60
