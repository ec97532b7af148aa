"""A read that is tried again is given up when somebody wants to stop."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from stage import NOON, Stage, checked, people

from clerkbulk.errors import ClerkRefused, NotReachable
from clerkbulk.sending.state import JobState


class After:
    """Says stop from a time on."""

    def __init__(self, stage: Stage, seconds: float) -> None:
        self._stage, self._at = stage, NOON + seconds

    def is_set(self) -> bool:
        return self._stage.clock.now() >= self._at


@pytest.mark.parametrize(("stops_after", "tries", "ends_after"), [(0, 1, 0), (4, 1, 4), (11, 2, 11), (99, 4, 30)])
def test_a_refused_read_is_not_tried_again_once_somebody_says_stop(
    tmp_path: Path, stops_after: float, tries: int, ends_after: float
) -> None:
    """It fails as it did the last time; without a stop it is tried four times, ten seconds apart."""
    stage = Stage(tmp_path)
    busy = {"method": "GET", "do": "status", "status": 503, "headers": {"retry-after": "60"}, "times": 9}
    stage.backend.faults([busy])
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(3)))
        with pytest.raises(ClerkRefused, match="Clerk answered 503"):
            list(job.run(client, stop=After(stage, stops_after)))
        assert (client.reads, stage.clock.now() - NOON) == (tries, ends_after)
        stage.backend.faults([])
        assert list(job.run(client))[-1].state is JobState.DONE


def test_a_read_without_an_answer_is_not_tried_again_once_somebody_says_stop(tmp_path: Path) -> None:
    """Seconds of waiting are cut short; outside of the run the client tries as often as ever."""
    stage = Stage(tmp_path)

    class Dark(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("refused")

    with stage.ledger() as ledger, stage.client(Dark()) as client:
        with pytest.raises(NotReachable):
            list(ledger.job(checked(people(3))).run(client, stop=After(stage, 2)))
        assert (client.reads, stage.clock.now() - NOON) == (2, 2)
        with pytest.raises(NotReachable):
            client.instance()
        assert (client.reads, stage.clock.now() - NOON) == (6, 9)
