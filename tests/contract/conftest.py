"""How the cassettes are recorded and replayed: by the emulator on a clock that stands still, and without a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest
from reaching import START
from recorded import KEY, NOON, hold_to_the_schemas, json_body, kept_request, kept_response

from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.exchange import Request
from clerkbulk.emulator.instance import Settings
from clerkbulk.rehearsal import Emulator
from clerkbulk.sending.client import Client

if TYPE_CHECKING:
    from vcr import VCR  # type: ignore[import-untyped]
    from vcr.cassette import Cassette  # type: ignore[import-untyped]


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker by which a cassette says what the emulator holds before it is recorded."""
    config.addinivalue_line("markers", "stage(seed, settings, calls_before, key): what was there before the recording.")


def pytest_recording_configure(config: pytest.Config, vcr: VCR) -> None:
    """Teach vcrpy our matcher."""
    vcr.register_matcher("json_body", json_body)


@pytest.fixture(scope="module")
def vcr_cassette_dir(pytestconfig: pytest.Config) -> str:
    """One folder for all of them, where other people find them."""
    return str(pytestconfig.rootpath / "cassettes")


@pytest.fixture
def vcr_config() -> dict[str, Any]:
    """Calls are found again by what they ask, not by whom they ask: replay them from any base URL."""
    return {
        "match_on": ["method", "path", "query", "json_body"],
        "before_record_request": kept_request,
        "before_record_response": kept_response,
        "decode_compressed_response": True,
    }


@pytest.fixture
def clock() -> VirtualClock:
    """The clock of the client and, while recording, of the emulator."""
    return VirtualClock(NOON / 1000)


@pytest.fixture
def clerk(request: pytest.FixtureRequest, record_mode: str, clock: VirtualClock) -> Iterator[Client]:
    """A client of api.clerk.com: replaying, it has the real transport and no network; recording, the emulator's."""
    stage = _stage(**getattr(request.node.get_closest_marker("stage"), "kwargs", {}))
    transport = None if record_mode == "none" else _emulator(clock, stage).transport()
    with Client(stage["key"], transport=transport, clock=clock) as client:
        yield client


@pytest.fixture(autouse=True)
def held_to_the_contract(vcr: Cassette | None, record_mode: str) -> Iterator[None]:
    """After each test with a cassette: everything in it was used, and holds to the schemas."""
    yield
    if vcr is not None:
        assert len(vcr) > 0
        assert vcr.all_played or record_mode != "none"
        hold_to_the_schemas(vcr)


def _stage(
    *,
    seed: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    calls_before: Sequence[tuple[str, bytes]] = (),
    key: str = KEY,
) -> dict[str, Any]:
    return {"seed": seed or {}, "settings": settings or {}, "calls_before": calls_before, "key": key}


def _emulator(clock: VirtualClock, stage: Mapping[str, Any]) -> Backend:
    backend = Backend(clock=clock, settings=Settings(**{"secret_keys": (KEY,), **stage["settings"]}))
    backend.seed(stage["seed"])
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    for path, body in stage["calls_before"]:
        assert backend.answer(Request.to("POST", path, headers, body)).status == 200
    return backend


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """Return an emulator on a loopback port, whose clock stands still."""
    with Emulator(clock=VirtualClock(START), limits="off") as running:
        yield running


@pytest.fixture
def backend() -> Backend:
    """Return the same without a port."""
    return Backend(clock=VirtualClock(START), limits="off")
