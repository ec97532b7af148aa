"""Settings changed while the instance runs: for tests in other languages, which cannot start one for each answer."""

from __future__ import annotations

from typing import Any

import pytest

from clerkbulk.emulator.server import Emulator
from clerkbulk.errors import InputError

BULK = "/v1/invitations/bulk"


def _people(*names: str, **more: Any) -> list[dict[str, Any]]:
    return [{"email_address": f"{name}@example.com", **more} for name in names]


def _set(clerk: Any, document: Any) -> Any:
    response = clerk.ask("POST", "/_emulator/settings", document, key=None)
    assert response.status == 200, response.body
    return response.document()


def test_an_answer_changes_at_run_time_and_the_world_stays(clerk: Any) -> None:
    """The next call obeys; what was there is there, and what was not named keeps its value."""
    clerk.post(BULK, _people("a"))
    assert clerk.ask("POST", BULK, _people("a", "b")).status == 400
    account = _set(clerk, {"atomicity": "partial", "blocklist": ["*@blocked.example"]})
    assert account["settings"]["atomicity"] == "partial"
    assert account == clerk.ask("GET", "/_emulator/settings", key=None).document()
    assert clerk.ask("POST", BULK, _people("a", "b")).status == 400
    assert clerk.addresses() == ["a@example.com", "b@example.com"]
    account = _set(clerk, {"result_order": "reversed"})
    assert (account["settings"]["atomicity"], account["settings"]["result_order"]) == ("partial", "reversed")
    assert clerk.ask("POST", BULK, [{"email_address": "x@blocked.example"}]).status == 403


def test_python_changes_them_too(emulator: Emulator) -> None:
    """change_settings and webhooks do in Python what the door does over HTTP."""
    account = emulator.change_settings(atomicity="partial", listing_lag=5)
    assert (account["settings"]["atomicity"], account["settings"]["listing_lag"]) == ("partial", 5)
    assert emulator.webhooks() == []
    with pytest.raises(InputError, match="did you mean atomicity"):
        emulator.change_settings(atomicty="partial")


def test_a_reset_keeps_the_settings(clerk: Any) -> None:
    """Reset forgets the world, not how the instance is set up."""
    _set(clerk, {"result_order": "reversed"})
    clerk.backend.reset()
    assert [one["email_address"][0] for one in clerk.post(BULK, _people("a", "b"))] == ["b", "a"]


def test_the_hour_obeys_new_settings_and_keeps_its_count(make: Any) -> None:
    """Twenty-five calls are used up under the old and the new answer; the window's kind and the 429's code change."""
    clerk = make(limits="documented")
    clerk.clock.advance(1200)
    for place in range(25):
        clerk.post(BULK, _people(f"p{place}"))
    assert clerk.ask("POST", BULK, _people("late")).header("retry-after") == "3600"
    _set(clerk, {"window": "fixed", "limit_code": "rate_limit_exceeded"})
    refused = clerk.ask("POST", BULK, _people("late"))
    assert (refused.status, refused.document()["errors"][0]["code"]) == (429, "rate_limit_exceeded")
    # Twenty past noon: a fixed hour began at noon and ends at one.
    assert refused.header("retry-after") == "2400"
    clerk.clock.advance(2400)
    assert clerk.ask("POST", BULK, _people("late")).status == 200


def test_a_search_is_not_answered_from_before_a_change(clerk: Any) -> None:
    """A list that was just read is read anew under another answer."""
    clerk.post(BULK, _people("a", "aa"))
    target = "/v1/invitations?query=a@example.com"
    assert len(clerk.get(target)) == 2
    _set(clerk, {"list_query": "exact"})
    assert len(clerk.get(target)) == 1


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"atomicty": "partial"}, "The emulator has no setting 'atomicty'; did you mean atomicity?"),
        ({"atomicity": "maybe"}, "atomicity is 'maybe', and can be: all_or_nothing, partial."),
        ({"listing_lag": "5"}, "The setting listing_lag is a whole number, not '5'."),
        ({"listing_lag": -1}, "listing_lag is -1, and can be 0 or more."),
        ({"webhook_attempts": 0}, "webhook_attempts is 0, and can be 1 to 10."),
        ({"webhook_url": "http://hooks.example.com/"}, "webhook_url leads to http://hooks.example.com: "),
        (["atomicity"], 'Settings are an object, such as {"atomicity": "partial"}.'),
        (None, 'Settings are an object, such as {"atomicity": "partial"}.'),
    ],
)
def test_a_wrong_setting_is_said_and_changes_nothing(clerk: Any, document: Any, words: str) -> None:
    """The usual sentence, and every setting as it was."""
    before = clerk.backend.account()
    mixed = {"result_order": "reversed", **document} if isinstance(document, dict) else document
    refused = clerk.ask("POST", "/_emulator/settings", mixed, key=None)
    assert refused.status == 400
    assert refused.document()["error"].startswith(words)
    assert clerk.backend.account() == before
