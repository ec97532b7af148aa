"""Stoplight's Prism between our client and the emulator: what either of them says is what Clerk has published."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prism import Exchange, Prism
from published import DOCUMENT, WHY_NOT, as_on_the_wire, written

import clerkbulk as cb
from clerkbulk.cli import main
from clerkbulk.demo import world
from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.rehearsal.mortal import Fate

pytestmark = pytest.mark.skipif(not DOCUMENT.exists(), reason=WHY_NOT)

KEY = "sk_test_fake"
BULK = "/v1/invitations/bulk"
UNPUBLISHED = "request Selected route not found"
"""What Prism says of GET /v1/instance: the document beside the project holds the invitations' operations alone, the
read is documented elsewhere (clerk-contract 6.1)."""
OTHER_STATUS = "response Unable to match the returned status code with those defined in the document: 200,400,422"
"""What Prism says of a 403 to an application call: those list 400 and 422 only (clerk-contract 8.1, row 6)."""
NOT_ASCII = 'Response body property 1.email_address must match format "email"'
"""What Prism says of the one address of the demo with a letter outside ASCII: requests take any text, answers have the
format email, and Prism's idea of that is ASCII (clerk-contract 1.2 and 2.1). The check warns of it."""


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(as_on_the_wire(), tmp_path_factory.mktemp("spec"))


@pytest.fixture
def between(from_npm: Path, document: Path) -> Iterator[Callable[[str], Prism]]:
    """Return what puts Prism in front of an upstream."""
    started: list[Prism] = []

    def put(upstream: str) -> Prism:
        started.append(Prism(from_npm, document, upstream))
        return started[-1]

    yield put
    for prism in started:
        prism.stop()


def violations(exchanges: list[Exchange]) -> Counter[tuple[str, str]]:
    """Return what was found, and how often: method and path, violation."""
    return Counter((f"{one.method} {one.path}", what) for one in exchanges for what in one.violations)


def test_prism_flags_what_is_wrong(between: Callable[[str], Prism], emulator: cb.Emulator) -> None:
    """A referee that can fail: wrong bodies, wrong queries and wrong answers are each found, and right ones are not."""
    prism = between(emulator.url)

    def found(method: str, path: str, body: Any = None) -> list[str]:
        headers = {"Authorization": f"Bearer {KEY}"}
        httpx.request(method, prism.url + path, json=body, headers=headers, trust_env=False, timeout=60)
        return prism.exchanges()[-1].violations

    assert found("POST", BULK, [{"email_address": "ada@example.com"}]) == []
    assert found("GET", "/v1/invitations?paginated=true&status=pending") == []
    assert found("GET", "/v1/invitations") == []
    assert found("POST", BULK, [{"email": "ada@example.com"}])[:1] == [
        "request.body.0 Request body property 0 must have required property 'email_address'"
    ]
    eleven = [{"email_address": f"p{n}@example.com"} for n in range(11)]
    assert found("POST", BULK, eleven) == ["request.body Request body must NOT have more than 10 items"]
    assert found("GET", "/v1/invitations?limit=501")[:1] == [
        "request.query.limit Request query parameter limit must be <= 500"
    ]
    (proper,) = emulator.state()["invitations"]
    for wrong, what in (
        ([{**proper, "created_at": "today"}], "0.created_at must be integer"),
        ([{**proper, "role": "org:member"}], "0 must NOT have additional properties; found 'role'"),
        ([{**proper, "status": "sent"}], "0.status must be equal to one of the allowed values"),
        ({"data": [proper], "total_count": 1}, "must be array"),
    ):
        emulator.faults([{"do": "status", "status": 200, "body": wrong}])
        said = found("POST", BULK, [{"email_address": "grace@example.org"}])
        assert any(what in one for one in said), said


def test_the_whole_demo_passes(
    between: Callable[[str], Prism], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`clerkbulk demo` with Prism between its client and its instance ends as it does without, and nothing is found.

    Both lists, with the lost reply, the refused calls, the sender's death and the hour of waiting. What is expected is
    above, each with its reason.
    """
    alone = demo(tmp_path / "alone", monkeypatch, capsys)
    served, original = cb.Emulator(), world.instance
    caught: list[Prism] = []
    fates: list[Fate] = []

    def instance(clock: VirtualClock, fate: Fate) -> Backend:
        # The sender dies on its own side of the wire, not in the server.
        fates.append(fate)
        return original(clock, Fate())

    def client(backend: Backend) -> cb.Client:
        served.backend = backend
        caught.append(between(served.start().url))
        transport = _Mortal(fates[0])
        return cb.Client(world.KEY, api_url=caught[0].url, transport=transport, clock=backend.clock)

    monkeypatch.setattr(world, "instance", instance)
    monkeypatch.setattr(world, "client", client)
    try:
        judged = demo(tmp_path / "judged", monkeypatch, capsys)
        exchanges = caught[0].exchanges()
    finally:
        served.stop()
    for job in (*alone["jobs"], *judged["jobs"]):
        del job["files"]
    assert judged["jobs"] == alone["jobs"]
    assert sum(one.method == "POST" for one in exchanges) == sum(job["calls"] for job in alone["jobs"])
    found = violations(exchanges)
    del found["GET /v1/instance", UNPUBLISHED]
    assert found == {
        (f"POST {BULK}", OTHER_STATUS): 1,
        (f"POST {BULK}", f"response.body.1.email_address {NOT_ASCII}"): 1,
    }


def test_every_command_passes(
    between: Callable[[str], Prism],
    emulator: cb.Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Check, preflight, send with a lost reply, resume and withdraw, to both targets: nothing is found."""
    people = tmp_path / "people.csv"
    people.write_text("email,team\n" + "".join(f"p{n:02d}@example.com,Sales\n" for n in range(25)), encoding="utf-8")
    prism = between(emulator.url)
    monkeypatch.setenv("CLERK_SECRET_KEY", KEY)
    monkeypatch.setenv("CLERK_API_URL", prism.url)

    def ended(*arguments: object) -> tuple[int, str]:
        status, _ = clerkbulk(monkeypatch, capsys, *arguments)
        return status, str(arguments[0])

    for org in ([], ["--org", "org_acme", "--default", "role=org:member"]):
        ledger = ["--ledger", tmp_path / f"{len(org)}.db"]
        given = [people, *org, "--metadata", "team"]
        assert ended("check", *given) == (0, "check")
        assert ended("preflight", *given) == (0, "preflight")
        emulator.faults([{"do": "pass", "method": "POST"}, {"do": "drop", "when": "after", "method": "POST"}])
        assert ended("send", *given, *ledger, "--yes") == (0, "send")
        assert ended("resume", *ledger) == (0, "resume")
        assert ended("withdraw", *ledger, "--yes") == (0, "withdraw")
    state = emulator.state()
    kinds = ("invitations", "organization_invitations")
    assert [Counter(one["status"] for one in state[kind]) for kind in kinds] == [{"revoked": 25}, {"revoked": 25}]
    found = violations(prism.exchanges())
    del found["GET /v1/instance", UNPUBLISHED]
    assert found == {}


def clerkbulk(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object
) -> tuple[int, str]:
    """Run the program in this process; return its exit status and what it printed."""
    monkeypatch.setattr(sys, "argv", ["clerkbulk", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0), capsys.readouterr().out


def demo(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Run the command and return its document."""
    status, said = clerkbulk(monkeypatch, capsys, "demo", "--out", folder, "--format", "json")
    assert status == 0
    document: dict[str, Any] = json.loads(said)
    return document


class _Mortal(httpx.HTTPTransport):
    """A network whose user dies when fate says so: before a call has left, or before its answer is read."""

    def __init__(self, fate: Fate) -> None:
        super().__init__()
        self._fate = fate

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "POST":
            return super().handle_request(request)
        self._fate.call(left=True)
        answer = super().handle_request(request)
        self._fate.call(left=False)
        return answer
