"""Cassettes: cases recorded once, from the emulator or a live instance, and replayed without either.

Files of vcrpy, one a case, so that other people's suites can play them too. Each says when it was recorded, from what,
and by which schemas.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from hashlib import sha256
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from clerkbulk.contract.cases.case import Ask, Case
from clerkbulk.contract.endpoint import API_URL, API_VERSION
from clerkbulk.contract.json_schema import SchemaName, schema
from clerkbulk.errors import ClerkbulkError, InputError, NotReachable
from clerkbulk.suite.desk import Answer, ContractTarget, Desk, NotHere
from clerkbulk.suite.emulated import NAMES
from clerkbulk.suite.scrubbing import Scrubber, authorization, leaks
from clerkbulk.suite.wire import Wire

if TYPE_CHECKING:
    from vcr import VCR  # type: ignore[import-untyped]
    from vcr.cassette import Cassette  # type: ignore[import-untyped]

_KEPT_REQUEST: Final = frozenset({"accept", "authorization", "clerk-api-version", "content-type"})
_KEPT_RESPONSE: Final = frozenset({"cf-ray", "content-type", "date", "retry-after", "x-clerk-trace-id"})
"""Headers that say something; the rest hangs on the machine that recorded, or on the way there."""
_PLAYING_KEY: Final = "sk_test_none"
ORIGIN: Final = {"emulator": "clerkbulk emulator, never Clerk", "live": "a development instance of Clerk"}


def folder() -> Path:
    """Return where the cassettes lie: inside the installed package, or in a checkout beside it."""
    installed = Path(str(resources.files("clerkbulk") / "cassettes"))
    return installed if installed.is_dir() else Path(__file__).resolve().parents[2] / "cassettes" / "contract"


@cache
def schemas_hash() -> str:
    """Return the hash of all schemas: a cassette with another one is older, or younger, than they are."""
    text = json.dumps({name.value: schema(name) for name in SchemaName}, sort_keys=True)
    return sha256(text.encode()).hexdigest()[:16]


def path_of(case: Case, where: Path) -> Path:
    """Return the file of a case's cassette."""
    return where / f"{case.name}.yaml"


class CassetteTarget:
    """Replays the cases from their cassettes. A case without one is not run; one that is not played whole differs."""

    name = "cassettes"

    def __init__(self, where: Path | None = None) -> None:
        self._where = folder() if where is None else where
        if not self._where.is_dir():
            raise InputError(f"There is no folder {self._where} with cassettes.")

    @contextmanager
    def desk(self, case: Case) -> Iterator[CassetteDesk]:
        """Open a desk at a case's cassette. Raises InputError for one that cannot be played."""
        path = path_of(case, self._where)
        if not path.is_file():
            raise NotHere(f"there is no cassette {path.name}: record it with clerkbulk contract --record")
        with _playing(path) as cassette, Wire(_PLAYING_KEY, API_URL) as wire:
            yield CassetteDesk(cassette, wire)


class CassetteDesk:
    """A desk at one cassette."""

    names: Mapping[str, str] = NAMES

    def __init__(self, cassette: Cassette, wire: Wire) -> None:
        self._cassette, self._wire = cassette, wire

    def call(self, ask: Ask) -> Answer:
        """Return what was recorded for a call. Raises NotReachable when there is nothing for it."""
        from vcr.errors import CannotOverwriteExistingCassetteException  # type: ignore[import-untyped]

        try:
            return self._wire.call(ask)
        except CannotOverwriteExistingCassetteException:
            said = f"the cassette has no answer to {ask.method} {ask.path}: the case has changed since it was recorded"
            raise NotReachable(said, sent=False) from None

    def wait(self, seconds: float) -> None:
        """Wait for nothing: what came after the wait is recorded."""

    def believed(self, question: str) -> str | None:
        """Believe whatever was recorded."""
        return None

    def left_over(self) -> tuple[str, ...]:
        """Name the calls of the cassette that nobody has made, and say if it was recorded by other schemas."""
        calls = [request for at, (request, _) in enumerate(self._cassette.data) if not self._cassette.play_counts[at]]
        left = [f"the cassette goes on with {one.method} {one.path}" for one in calls]
        if self._schemas() != schemas_hash():
            left.append("the cassette was recorded by other schemas than today's: record it again")
        return tuple(left)

    def _schemas(self) -> str | None:
        from vcr.errors import MissingMetadataError

        with suppress(MissingMetadataError):
            return str(self._cassette.get_metadata("schemas", None))
        return None


class RecordingTarget:
    """Runs the cases against another target, and keeps what was said. at is the day, as 2027-01-15; spec a hash."""

    def __init__(self, inner: ContractTarget, where: Path, *, at: str, spec: str | None = None) -> None:
        self.name = inner.name
        self._inner, self._where, self._at, self._spec = inner, where, at, spec

    @contextmanager
    def desk(self, case: Case) -> Iterator[Desk]:
        """Open a desk at the other target; what was said is written when it is left without an error.

        Raises ClerkbulkError, and writes nothing, when something secret would stand in the file; InputError, before
        any call, when the folder cannot be written to.
        """
        try:
            self._where.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _not_written(self._where, error) from None
        with TemporaryDirectory() as beside, self._inner.desk(case) as desk:
            scrubber = Scrubber(desk.names, NAMES, hide_people=self.name == "live")
            path = path_of(case, Path(beside))
            with _vcr("all", scrubber).use_cassette(str(path)) as cassette:
                for key, value in self._metadata(case).items():
                    cassette.get_metadata(key, value)
                yield desk
            if path.is_file():
                self._keep(path)

    def _metadata(self, case: Case) -> dict[str, Any]:
        return {
            "case": case.name,
            "recorded_at": self._at,
            "recorded_from": ORIGIN[self.name],
            "api_version": API_VERSION,
            "schemas": schemas_hash(),
            "spec": self._spec,
        }

    def _keep(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        if found := leaks(text):
            said = f"The cassette {path.name} was not written: it would hold {', '.join(found)}."
            raise ClerkbulkError(f"{said} Please report it with the case's name.")
        try:
            (self._where / path.name).write_text(text, encoding="utf-8")
        except OSError as error:
            raise _not_written(self._where / path.name, error) from None


def _not_written(path: Path, error: OSError) -> InputError:
    return InputError(f"{path} cannot be written to: {error.strerror or error}. Name another folder with --cassettes.")


@contextmanager
def _playing(path: Path) -> Iterator[Cassette]:
    opened = _vcr("none").use_cassette(str(path))
    from yaml import YAMLError

    with ExitStack() as stack:
        why = None
        try:
            cassette = stack.enter_context(opened)
        except (YAMLError, ValueError):
            why = "it is not YAML"
        except (KeyError, TypeError, AttributeError):
            why = "it is not what vcrpy writes"
        else:
            if not all(map(_can_be_played, cassette.responses)):
                why = "it is not what vcrpy writes"
            elif not cassette.responses:
                why = "it holds no call"
        if why is not None:
            raise InputError(
                f"The cassette {path} cannot be played: {why}. Record it again: clerkbulk contract --record."
            )
        yield cassette


def _can_be_played(response: Any) -> bool:
    try:
        code, body, headers = response["status"]["code"], response["body"]["string"], response["headers"]
    except (KeyError, TypeError):
        return False
    return isinstance(code, int) and isinstance(body, str | bytes) and isinstance(headers, dict)


def _vcr(mode: str, scrubber: Scrubber | None = None) -> VCR:
    try:
        from vcr import VCR
    except ImportError as error:
        said = f"Cassettes need {error.name}, which is not installed: pip install 'clerkbulk[contract]'."
        raise ClerkbulkError(said) from None

    made = VCR(
        record_mode=mode,
        match_on=["method", "path", "query", "same_body"],
        before_record_request=_kept_request(scrubber),
        before_record_response=_kept_response(scrubber),
        decode_compressed_response=True,
    )
    made.register_matcher("same_body", _same_body)
    return made


def _kept_request(scrubber: Scrubber | None) -> Callable[[Any], Any]:
    def keep(request: Any) -> Any:
        if scrubber is None:
            return request
        headers = {name.lower(): str(value) for name, value in request.headers.items()}
        request.headers = {
            name: authorization(value) if name == "authorization" else value
            for name, value in headers.items()
            if name in _KEPT_REQUEST
        }
        _, _, path = request.uri.partition("/v1/")
        request.uri = f"{API_URL}/v1/{scrubber.text(path)}"
        request.body = scrubber.body(bytes(request.body or b""))
        return request

    return keep


def _kept_response(scrubber: Scrubber | None) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def keep(response: dict[str, Any]) -> dict[str, Any]:
        if scrubber is None:
            return response
        headers = {name.lower(): values for name, values in response["headers"].items()}
        headers = {name: values for name, values in headers.items() if name in _KEPT_RESPONSE}
        return {**response, "headers": headers, "body": {"string": scrubber.body(response["body"]["string"])}}

    return keep


def _same_body(ours: Any, theirs: Any) -> None:
    if _canonical(bytes(ours.body or b"")) != _canonical(bytes(theirs.body or b"")):
        raise AssertionError("the bodies differ")


def _canonical(body: bytes) -> Any:
    with suppress(ValueError):
        return json.loads(body)
    return body
