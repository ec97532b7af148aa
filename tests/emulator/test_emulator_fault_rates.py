"""Faults by rate: a share of the calls, drawn by a seed, beside the script and after it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from clerkbulk.emulator.server import Emulator

BULK = "/v1/invitations/bulk"


def door(clerk: Any, method: str, document: Any = None) -> Any:
    response = clerk.ask(method, "/_emulator/faults", document, key=None)
    assert response.status == 200, response.body
    return response.document()


def statuses(clerk: Any, calls: int, path: str = "/v1/users") -> list[int]:
    return [clerk.ask("GET", path).status for _ in range(calls)]


def test_a_rate_strikes_its_share_of_the_calls_and_is_counted(clerk: Any) -> None:
    """Of 2,000 calls a twentieth, give or take; GET says how many it was meant for and how many it struck."""
    asked = {"rate": [{"share": 0.05, "do": "status", "status": 503, "method": "GET"}], "seed": 7}
    assert door(clerk, "POST", asked) == {
        "faults": [],
        "rate": [
            {"share": 0.05, "do": "status", "method": "GET", "when": "before", "status": 503, "times": None,
             "meant": 0, "struck": 0},
        ],
        "seed": 7,
    }  # fmt: skip
    struck = statuses(clerk, 2000).count(503)
    assert 70 <= struck <= 130
    clerk.ask("POST", BULK, [{"email_address": "ada@example.com"}])
    (rate,) = door(clerk, "GET")["rate"]
    assert (rate["meant"], rate["struck"]) == (2000, struck)


def test_the_same_seed_strikes_the_same_calls(clerk: Any) -> None:
    """Whatever other calls come in between; another seed strikes others."""
    rate = {"share": 0.3, "do": "status", "status": 503, "path": "/v1/users"}
    drawn = []
    for seed, others in ((7, 0), (7, 2), (8, 0)):
        door(clerk, "POST", {"rate": [rate], "seed": seed})
        calls = []
        for _ in range(60):
            statuses(clerk, others, "/v1/organizations")
            calls += statuses(clerk, 1)
        drawn.append(calls)
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize(("share", "struck"), [(0, 0), (1, 20), (1.0, 20)])
def test_none_and_all_are_shares_too(clerk: Any, share: float, struck: int) -> None:
    """0 never strikes, 1 always."""
    door(clerk, "POST", {"rate": [{"share": share, "do": "status"}]})
    assert statuses(clerk, 20).count(500) == struck


def test_a_rate_may_end_after_so_many(clerk: Any) -> None:
    """So many times it strikes at most."""
    door(clerk, "POST", {"rate": [{"share": 1, "do": "status", "times": 3}]})
    assert statuses(clerk, 6) == [500, 500, 500, 200, 200, 200]
    assert door(clerk, "GET")["rate"][0]["struck"] == 3


def test_the_script_comes_first_and_what_it_lets_through_is_let_through(clerk: Any) -> None:
    """Script and rates play together: a call the script has something for is not left to chance."""
    script = [{"do": "status", "status": 504}, {"do": "pass", "times": 2}]
    door(clerk, "POST", {"faults": script, "rate": [{"share": 1, "do": "status", "status": 503}]})
    assert statuses(clerk, 5) == [504, 200, 200, 503, 503]
    now = door(clerk, "GET")
    assert (now["faults"], now["rate"][0]["meant"]) == ([], 2)


def test_of_several_rates_the_first_that_strikes_counts(clerk: Any) -> None:
    """Each draws for itself, so that one more rate does not change which calls another strikes."""
    first = {"share": 0.5, "do": "status", "status": 503}
    second = {"share": 0.5, "do": "status", "status": 504}
    door(clerk, "POST", {"rate": [first, second], "seed": 3})
    together = statuses(clerk, 200)
    door(clerk, "POST", {"rate": [first], "seed": 3})
    alone = statuses(clerk, 200)
    assert [status == 503 for status in together] == [status == 503 for status in alone]
    door(clerk, "POST", {"rate": [{**first, "share": 0}, second], "seed": 3})
    without = statuses(clerk, 200)
    assert together == [503 if one == 503 else other for one, other in zip(alone, without, strict=True)]
    assert 30 <= together.count(504) <= 70
    assert 30 <= together.count(200) <= 70


def test_a_new_script_and_a_reset_end_the_rates(clerk: Any) -> None:
    """An empty list, DELETE and reset are the end of everything."""
    nothing = {"faults": [], "rate": [], "seed": 0}
    for method, path, document in (("POST", "faults", []), ("DELETE", "faults", None), ("POST", "reset", None)):
        door(clerk, "POST", {"rate": [{"share": 1, "do": "status"}]})
        assert clerk.ask(method, f"/_emulator/{path}", document, key=None).status == 200
        assert door(clerk, "GET") == nothing
        assert statuses(clerk, 2) == [200, 200]


def test_the_door_itself_is_never_struck(emulator: Emulator) -> None:
    """Whoever set a rate of 1 can end it again, over the wire."""
    emulator.faults({"rate": [{"share": 1, "do": "drop"}]})
    with httpx.Client(base_url=emulator.url, headers={"Authorization": "Bearer sk_test_fake"}) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            client.get("/v1/users")
        assert client.get("/_emulator/faults").json()["rate"][0]["struck"] == 1
        assert client.delete("/_emulator/faults").json()["rate"] == []
        assert client.get("/v1/users").status_code == 200
    assert emulator.faults_now() == {"faults": [], "rate": [], "seed": 0}
