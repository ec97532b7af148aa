"""The secret key: which ones are taken, where it may travel to, and that it shows up nowhere."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import re
import socket
import ssl
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from recorded import ADA, APP, KEY

import clerkbulk
from clerkbulk.contract.secret_key import SecretKey
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.errors import ClerkRefused, InputError, KeyRefused, NotReachable, SecretKeyError
from clerkbulk.rehearsal import Emulator
from clerkbulk.sending.answer import Answer
from clerkbulk.sending.client import Client, certificates

SECRET = KEY.removeprefix("sk_test_")
"""What must be found nowhere."""
PACKAGE = Path(clerkbulk.__file__).parent


# Which keys.


@pytest.mark.parametrize(
    ("text", "environment"),
    [
        ("sk_test_fake", "development"),
        ("sk_live_fake", "production"),
        ("test_fake", "development"),
        ("live_fake", "production"),
        ("  sk_test_fake\n", "development"),
        ("sk_test_live_x", "development"),
        ("sk_live_~!$%", "production"),
    ],
)
def test_a_secret_key_is_known_by_its_prefix(text: str, environment: str) -> None:
    """sk_test_, sk_live_ and the two old prefixes are taken, with spaces around; the prefix names the environment."""
    key = SecretKey(text)
    assert key.environment == environment
    assert key.reveal() == text.strip()
    assert Client(text).environment == environment


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is no secret key: set CLERK_SECRET_KEY"),
        ("  \n", "There is no secret key: set CLERK_SECRET_KEY"),
        ("pk_test_planted", "This is a publishable key"),
        ("pk_live_planted", "This is a publishable key"),
        ("sk_planted", "This is not a Clerk secret key"),
        ("sk_test_", "This is not a Clerk secret key"),
        ("SK_TEST_planted", "This is not a Clerk secret key"),
        ("sk_test_planted\nX-Other: header", "This is not a Clerk secret key"),
        ("sk_test_plänted", "This is not a Clerk secret key"),
        ("Bearer sk_test_planted", "This is not a Clerk secret key"),
    ],
)
def test_what_is_no_secret_key_is_refused_and_not_shown(text: str, sentence: str) -> None:
    """A sentence says what to do; the text itself, which may be a mistyped key, is in no part of the error."""
    for make in (lambda: SecretKey(text), lambda: Client(text), lambda: Client.from_env({"CLERK_SECRET_KEY": text})):
        with pytest.raises(SecretKeyError, match=sentence) as caught:
            make()
        assert SECRET not in str(caught.value)
        ours = [frame for frame in _frames(caught.value) if Path(frame.filename).is_relative_to(PACKAGE)]
        assert ours
        for frame in ours:
            assert not re.search("pl[aä]nted", str(frame.locals))


def test_the_environment_gives_key_and_address() -> None:
    """CLERK_SECRET_KEY and CLERK_API_URL are read; without the second it is Clerk's own address."""
    assert Client.from_env({"CLERK_SECRET_KEY": KEY}).api_url == "https://api.clerk.com"
    assert Client.from_env({"CLERK_SECRET_KEY": KEY, "CLERK_API_URL": ""}).api_url == "https://api.clerk.com"
    here = Client.from_env({"CLERK_SECRET_KEY": KEY, "CLERK_API_URL": "http://localhost:4010/v1/"})
    assert here.api_url == "http://localhost:4010"
    with pytest.raises(SecretKeyError, match="set CLERK_SECRET_KEY"):
        Client.from_env({})


def test_the_process_environment_is_read_when_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """from_env() without an argument looks at the environment of the process."""
    monkeypatch.setenv("CLERK_SECRET_KEY", "sk_live_fake")
    monkeypatch.setenv("CLERK_API_URL", "http://127.0.0.1:4010")
    client = Client.from_env()
    assert (client.api_url, client.environment) == ("http://127.0.0.1:4010", "production")


# Whereto.


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("https://api.clerk.com", "https://api.clerk.com"),
        ("https://api.clerk.com/", "https://api.clerk.com"),
        ("https://api.clerk.com/v1", "https://api.clerk.com"),
        (" https://api.clerk.com/v1/ \n", "https://api.clerk.com"),
        ("HTTPS://API.CLERK.COM", "https://api.clerk.com"),
        ("https://proxy.example.com:8443/clerk/v1", "https://proxy.example.com:8443/clerk"),
        ("https://10.0.0.7", "https://10.0.0.7"),
        ("http://localhost:4010", "http://localhost:4010"),
        ("http://LocalHost:4010/v1", "http://localhost:4010"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("http://[::1]:4010", "http://[::1]:4010"),
    ],
)
def test_addresses_that_are_taken(given: str, taken: str) -> None:
    """Encrypted it goes anywhere, plain to this machine; /v1 may be there and is ours to add."""
    client = Client(KEY, api_url=given)
    assert client.api_url == taken


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("http://api.clerk.com", "unencrypted"),
        ("http://10.0.0.7:4010", "unencrypted"),
        ("http://0.0.0.0:4010", "unencrypted"),
        ("http://localhost.example.com", "unencrypted"),
        ("http://127.0.0.1.example.com", "unencrypted"),
        ("http://127.1", "unencrypted"),
        ("http://2130706433", "unencrypted"),
        ("http://127.0.0.1\\@example.com", "nothing secret"),
        ("http://127.0.0.1@example.com", "nothing secret"),
        ("http://localhost:x@example.com", "nothing secret"),
        ("https://user:word@api.clerk.com", "nothing secret"),
        ("https://api.clerk.com?key=1", "nothing secret"),
        ("https://api.clerk.com?", "nothing secret"),
        ("https://api.clerk.com/#x", "nothing secret"),
        ("http://localhost#@example.com", "nothing secret"),
        ("", "no address of an API"),
        ("api.clerk.com", "no address of an API"),
        ("localhost:4010", "no address of an API"),
        ("//api.clerk.com", "no address of an API"),
        ("ftp://api.clerk.com", "no address of an API"),
        ("file:///etc/passwd", "no address of an API"),
        ("https://", "no address of an API"),
        ("https:///v1", "no address of an API"),
        ("http://localhost:99999", "no address of an API"),
        ("http://localhost:port", "no address of an API"),
        ("http://[::1", "no address of an API"),
        ("http://local\nhost", "no address of an API"),
        ("https://api clerk.com", "no address of an API"),
        ("https://api.clerk.com/\x00", "no address of an API"),
        (KEY, "no address of an API"),
    ],
)
def test_addresses_that_are_refused(given: str, sentence: str) -> None:
    """The key leaves this machine encrypted or not at all; a refusal shows nothing of what may be secret."""
    with pytest.raises(InputError, match=sentence) as caught:
        Client(KEY, api_url=given)
    assert SECRET not in str(caught.value)
    assert "word" not in str(caught.value).replace("password", "")


def test_a_redirect_is_not_followed() -> None:
    """Whoever redirects a call does not get the key."""
    seen: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(302, headers={"location": "https://elsewhere.example.com/v1/instance"})

    client = Client(KEY, transport=httpx.MockTransport(respond), clock=VirtualClock())
    with pytest.raises(ClerkRefused, match="302"):
        client.instance()
    assert client.create(APP, [ADA]).status == 302
    assert seen == ["https://api.clerk.com/v1/instance", "https://api.clerk.com/v1/invitations/bulk"]


def test_plain_http_passes_by_a_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy named in the environment would read plain http, key and all: it is not asked."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with Emulator(clock=VirtualClock()) as emulator, emulator.client(KEY) as client:
        assert client.instance()["environment_type"] == "development"


# Nowhere.


def _everything(value: Any, depth: int = 8, seen: set[int] | None = None) -> Iterator[str]:
    """Yield the text of everything that a dump of an object's variables would show."""
    seen = set() if seen is None else seen
    yield repr(value)
    yield str(value)
    if depth == 0 or id(value) in seen:
        return
    seen.add(id(value))
    inner = [*value.keys(), *value.values()] if isinstance(value, dict) else []
    inner += value if isinstance(value, list | tuple | set) else []
    inner += vars(value).values() if hasattr(value, "__dict__") else []
    for one in inner:
        yield from _everything(one, depth - 1, seen)


def test_no_view_of_a_client_shows_the_key() -> None:
    """Neither repr nor str nor a dump of all variables, three layers of libraries deep."""
    client = Client(KEY, clock=VirtualClock())
    assert repr(client) == "<Client of https://api.clerk.com, development>"
    for text in _everything(client):
        assert SECRET not in text
    key = SecretKey(KEY)
    assert [repr(key), str(key), f"{key}", f"{key!s:>20}".strip()] == ["SecretKey(sk_test_…)"] * 4
    assert repr([key, {"key": key}]) == "[SecretKey(sk_test_…), {'key': SecretKey(sk_test_…)}]"
    assert repr(SecretKey("sk_live_fake")) == "SecretKey(sk_live_…)"
    assert not hasattr(key, "__dict__")


def test_a_fingerprint_tells_keys_apart_and_nothing_else() -> None:
    """The same key has the same fingerprint everywhere; it holds nothing of the key."""
    one, two = Client(KEY), Client("sk_test_fake")
    assert one.key_fingerprint == SecretKey(f" {KEY} ").fingerprint != two.key_fingerprint
    assert len(one.key_fingerprint) == 12
    assert all(letter in "0123456789abcdef" for letter in one.key_fingerprint)


@pytest.mark.parametrize("make", [lambda: SecretKey(KEY), lambda: Client(KEY)], ids=["key", "client"])
def test_neither_key_nor_client_is_pickled_or_copied(make: Callable[[], Any]) -> None:
    """What can be pickled ends up in files and other processes: it is refused, with what to do instead."""
    for carry in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="not pickled: hand it over through CLERK_SECRET_KEY"):
            carry(make())
    with pytest.raises(TypeError, match="not pickled"):
        copy.copy(SecretKey(KEY))
    with pytest.raises(TypeError, match="not pickled"):
        SecretKey(KEY).__getstate__()


def _frames(error: BaseException) -> Iterator[traceback.FrameSummary]:
    """Yield all frames of an error and of whatever came before it, with their local variables."""
    told: traceback.TracebackException | None = traceback.TracebackException.from_exception(error, capture_locals=True)
    seen: list[traceback.TracebackException] = []
    waiting = [told]
    while waiting:
        told = waiting.pop()
        if told is not None and told not in seen:
            seen.append(told)
            yield from told.stack
            waiting += [told.__cause__, told.__context__]


ENVIRONMENT = {"CLERK_SECRET_KEY": KEY, "CLERK_API_URL": "http://api.example.com"}


def _mock(status: int, content: bytes) -> Client:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=content))
    return Client(KEY, transport=transport, clock=VirtualClock())


@pytest.fixture
def rude() -> Iterator[str]:
    """A server that reads a request and hangs up."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(5)


def _interrupt(_: httpx.Request) -> httpx.Response:
    raise KeyboardInterrupt


FAILURES: dict[str, tuple[type[BaseException], Callable[[str], object]]] = {
    "plain http": (InputError, lambda _: Client(KEY, api_url="http://api.example.com")),
    "plain http from the environment": (InputError, lambda _: Client.from_env(ENVIRONMENT)),
    "no address": (InputError, lambda _: Client(KEY, api_url="clerk")),
    "a mistyped key": (SecretKeyError, lambda _: Client(f"x{KEY}")),
    "a publishable key": (SecretKeyError, lambda _: Client(KEY.replace("sk_", "pk_"))),
    "nobody there": (NotReachable, lambda _: Client(KEY, api_url="http://127.0.0.1:9").create(APP, [ADA])),
    "a lost answer": (NotReachable, lambda url: Client(KEY, api_url=url).create(APP, [ADA])),
    "a lost read": (NotReachable, lambda url: Client(KEY, api_url=url, clock=VirtualClock()).instance()),
    "an unknown key": (KeyRefused, lambda _: _mock(401, b'{"errors":[{"code":"clerk_key_invalid"}]}').instance()),
    "a refusal": (ClerkRefused, lambda _: _mock(403, b"").instance()),
    "a failure": (ClerkRefused, lambda _: _mock(500, b"").instance()),
    "no JSON": (NotReachable, lambda _: _mock(200, b"<html>").instance()),
    "a bad body": (InputError, lambda _: _mock(200, b"").create(APP, [])),
    "a pickled client": (TypeError, lambda _: pickle.dumps(Client(KEY))),
    "Ctrl-C": (
        KeyboardInterrupt,
        lambda _: Client(KEY, transport=httpx.MockTransport(_interrupt)).create(APP, [ADA]),
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_no_error_carries_the_key(rude: str, name: str) -> None:
    """Not its text, its arguments, its traceback or any variable on the way, nor those of what came before it."""
    kind, fail = FAILURES[name]
    with pytest.raises(kind) as caught:
        fail(rude)
    error = caught.value
    assert SECRET not in f"{error} {error!r} {error.args} {vars(error)}"
    for frame in _frames(error):
        assert SECRET not in f"{frame.locals}", f"{frame.filename}, line {frame.lineno}"
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    assert SECRET not in "".join(told.format(chain=True))


def test_no_log_carries_the_key(rude: str, caplog: pytest.LogCaptureFixture) -> None:
    """Everything at DEBUG, the HTTP library's layers included, over a real port: calls, refusals, failures."""
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "httpcore.connection", "httpcore.http11", "clerkbulk"):
        caplog.set_level(logging.DEBUG, logger=name)
    with Emulator(clock=VirtualClock()) as emulator, emulator.client(KEY) as client:
        client.create(APP, [ADA])
        list(client.invitations(APP))
        with pytest.raises(ClerkRefused):
            client.organization("org_elsewhere")
        emulator.faults([{"do": "status", "status": 500}])
        client.instance()
    with pytest.raises(NotReachable):
        Client(KEY, api_url=rude).create(APP, [ADA])
    assert {record.name.partition(".")[0] for record in caplog.records} >= {"httpx", "httpcore"}
    assert SECRET not in caplog.text
    assert "Bearer" not in caplog.text
    for record in caplog.records:
        assert SECRET not in str(vars(record))


def test_an_answer_shows_no_body() -> None:
    """The body of an answer can hold links that let people in; its repr does not."""
    answer = Answer(200, {"date": "now"}, json.dumps({"url": "https://x.example.com/?ticket=abc"}).encode())
    assert repr(answer) == "Answer(status=200, headers={'date': 'now'})"
    assert answer.json() == {"url": "https://x.example.com/?ticket=abc"}
    assert Answer(200, {}, b"no json").json() is None
    assert Answer(200, {}, b"[" * 100_000).json() is None


def test_the_certificates_are_read_once_however_many_clients_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """To read them takes longer than a call to this machine; every case of the contract has a client of its own."""
    read: list[object] = []
    original = ssl.create_default_context

    def counted(*args: Any, **options: Any) -> ssl.SSLContext:
        read.append(options)
        return original(*args, **options)

    monkeypatch.setattr(ssl, "create_default_context", counted)
    certificates.cache_clear()
    for _ in range(3):
        Client(KEY).close()
    assert len(read) == 1
    assert certificates(trust_env=True).verify_mode is ssl.CERT_REQUIRED
    assert certificates(trust_env=True).check_hostname
