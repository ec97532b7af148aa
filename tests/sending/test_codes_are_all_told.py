"""No code without a story: whatever the catalogue knows, a test above the wire says what a job does with it."""

from __future__ import annotations

import pytest
import test_codes_of_bad_input as bad_input
import test_codes_of_people as people
import test_codes_that_leave_it_open as open_
import test_codes_that_stop as stop
from stage import ACME
from stories import APPLICATION

from clerkbulk.contract.error_code import ERROR_CODES, Concern

ONE_ENDPOINT = {
    # What the organization alone can refuse for, and the application alone (clerk-contract 3.3).
    "organization_membership_quota_exceeded": ACME,
    "insufficient_seats": ACME,
    "organization_not_enabled_in_instance": ACME,
    "organization_not_found_or_unauthorized": ACME,
    "missing_organization_permission": ACME,
    "not_an_admin_in_organization": ACME,
}
TOLD = {
    *((story.said.code, target) for story in people.STORIES for target in story.endpoints),
    *((story.said.code, target) for story in bad_input.STORIES for target in (APPLICATION, ACME)),
    *((role.code, ACME) for role in bad_input.UNKNOWN),
    *((story.code, target) for story in stop.STORIES for target in story.endpoints),
    *((story.code, target) for story in (*stop.KEYS, *open_.STORIES) for target in (APPLICATION, ACME)),
    *((wait.code, target) for wait in open_.WAITS for target in (APPLICATION, ACME)),
}
STATUSES = {
    *((story.said.code, story.status) for story in (*people.STORIES, *bad_input.STORIES)),
    *((story.code, story.status) for story in (*stop.STORIES, *stop.KEYS, *open_.STORIES)),
}


@pytest.mark.parametrize("entry", ERROR_CODES, ids=lambda entry: entry.code)
def test_every_code_has_its_story_at_every_endpoint_that_may_answer_it(entry: object) -> None:
    """A code that is added to the catalogue needs a row in one of the tables; answers to revocations do not."""
    if entry.concern is Concern.REVOCATION:
        return
    only = ONE_ENDPOINT.get(entry.code)
    wanted = {(entry.code, target) for target in (APPLICATION, ACME) if only in {None, target}}
    assert wanted <= TOLD


def test_stories_come_with_the_status_the_catalogue_has() -> None:
    """Each code is told with the status it is documented with, whatever else is tried besides."""
    documented = {
        (entry.code, status)
        for entry in ERROR_CODES
        for status in entry.statuses
        if entry.concern not in {Concern.REVOCATION, Concern.WAIT}
    }
    scripted = {code for code, _ in STATUSES}
    assert {(code, status) for code, status in documented if code in scripted} <= STATUSES
