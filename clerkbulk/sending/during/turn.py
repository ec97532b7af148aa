"""Turn: what one run of a job, or one tick of it, does from its beginning to its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clerkbulk.errors import ClerkbulkError
from clerkbulk.sending.before.pace import Pace
from clerkbulk.sending.client import Client
from clerkbulk.sending.clock import Clock
from clerkbulk.sending.during.kept_pace import keep_pace
from clerkbulk.sending.during.patience import Patience
from clerkbulk.sending.during.pausing import failed_to_begin, go_on
from clerkbulk.sending.during.run import Run
from clerkbulk.sending.during.ticking import has_nothing_to_do, patience_of_tick
from clerkbulk.sending.during.watching import glance
from clerkbulk.sending.progress import Limits, Progress, Stop
from clerkbulk.sending.scrub import scrubbed_text

if TYPE_CHECKING:
    from clerkbulk.sending.job import Job
    from clerkbulk.sending.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Turn:
    """One run or tick of a job that has not begun yet. See Job.run() and Job.tick()."""

    job: Job
    ledger: Ledger
    client: Client
    limits: Limits
    pace: Pace | None
    clock: Clock
    stop: Stop

    def run(self) -> Iterator[Progress]:
        """Stay to the end of the job: somebody said so."""
        go_on(self.ledger.begin, self.job.id)
        yield from self._steps(Patience())

    def tick(self) -> Iterator[Progress]:
        """Do what the hour allows now, unless somebody else has a say in it."""
        found, here = glance(self.ledger, self.job.id, self.clock.now())
        if has_nothing_to_do(found, here):
            yield found
        else:
            yield from self._steps(patience_of_tick(self.ledger.begin, self.job.id))

    def _steps(self, patience: Patience) -> Iterator[Progress]:
        job, ledger, client = self.job, self.ledger, self.client
        with client.heeding(self.stop):
            try:
                instance_id = job.bind(client)
            except ClerkbulkError as error:
                failed_to_begin(ledger.begin, job.id, scrubbed_text(str(error)), self.clock.now())
                raise
            job.approve()
            pace = keep_pace(ledger.begin, job.id, self.pace)
            pace = pace if self.limits is Limits.DOCUMENTED else replace(pace, limited=False)
            yield from Run(
                ledger, job.id, job.target, client, instance_id, pace, self.clock, self.stop, patience
            ).steps()
