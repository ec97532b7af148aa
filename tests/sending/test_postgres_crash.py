"""The ledger's server goes away in the middle of a job: what it has promised is still there when it comes back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import httpx
import pytest
from postgres_server import Server
from stage import ServerPlace, Stage, checked, people

from clerkbulk.errors import LedgerError
from clerkbulk.sending.client import Client
from clerkbulk.sending.job import Job
from clerkbulk.sending.state import JobState, Sum


class Outage(httpx.BaseTransport):
    """Stops the ledger's server, as suddenly as a power cut does, around the n-th request of a kind."""

    def __init__(self, stage: Stage, server: Server, method: str, number: int, when: str) -> None:
        self._inner, self._server = stage.backend.transport(), server
        self._method, self._left, self._when = method, number, when

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._left -= request.method == self._method
        now = self._left == 0 and request.method == self._method
        if now and self._when == "before":
            self._server.stop("immediate")
        response = self._inner.handle_request(request)
        if now and self._when == "after":
            self._server.stop("immediate")
        return response


@pytest.fixture
def restarted(server: Server) -> Iterator[Server]:
    """Return the server, and have it running again whatever happens."""
    yield server
    if not server.is_running():
        server.start()


@pytest.mark.parametrize(
    ("method", "number", "when", "posted", "after"),
    [
        # The intent of the second call is written, its outcome is not: its rows are unknown, whatever became of them.
        ("POST", 2, "before", 2, Sum(25, sent=10, unknown=10, left=5)),
        ("POST", 2, "after", 2, Sum(25, sent=10, unknown=10, left=5)),
        ("POST", 3, "after", 3, Sum(25, sent=20, unknown=5)),
        # Nothing is written yet when the run asks Clerk for the time: without an intent no call leaves.
        ("GET", 2, "after", 0, Sum(25, left=25)),
    ],
)
def test_a_server_that_stops_in_the_middle_of_a_call_has_lost_nothing(
    on_server: ServerPlace, restarted: Server, method: str, number: int, when: str, posted: int, after: Sum
) -> None:
    """The run ends with a sentence; when the server is back, everyone is invited, and nobody twice."""
    stage = Stage(on_server)
    # With ignore_existing a second post would really invite twice: no refusal of Clerk's would save us.
    table = checked(people(25), ignore_existing=True)
    with stage.ledger() as ledger:
        job = ledger.job(table)
        with stage.client(Outage(stage, restarted, method, number, when)) as client:
            with pytest.raises(LedgerError) as caught:
                run_slowly(stage, job, client)
            assert str(caught.value).startswith(f"The ledger {on_server.shown} cannot be reached (")
            assert str(caught.value).endswith(" Nothing is lost: then go on with clerkbulk resume.")
            assert len(stage.posts()) == posted
            with pytest.raises(LedgerError, match="cannot be reached"):
                job.sum()
        restarted.start()
        assert job.sum() == after
        # The same ledger in the same process goes on, as a notebook's does.
        with stage.client() as client:
            last = stage.steps(job, client)[-1]
    assert (last.state, last.sum) == (JobState.DONE, Sum(25, sent=25))
    assert stage.invited() == Counter(people(25))


def run_slowly(stage: Stage, job: Job, client: Client) -> None:
    """Run a job, and let so much time pass between two calls that Clerk is asked for the time before each."""
    for _ in job.run(client):
        stage.clock.advance(6)


def test_a_server_that_starts_again_between_two_calls_is_not_noticed(on_server: ServerPlace, restarted: Server) -> None:
    """An upgrade at night, while a job waits for its hour."""
    stage = Stage(on_server)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(300)))
        for progress in job.run(client):
            if progress.state is JobState.WAITING:
                restarted.stop("fast")
                restarted.start()
        assert job.sum() == Sum(300, sent=300)
    assert stage.invited() == Counter(people(300))
