"""Stoplight's Prism: a proxy that holds every request and every answer that passes to an OpenAPI document."""

from __future__ import annotations

import re
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

_PATIENCE = 60
"""Seconds for Prism to start and to say what it has seen."""
_REQUEST = re.compile(r"\[HTTP SERVER\] (\w+) (\S+) .*Request received")
_VIOLATION = re.compile(r"Violation: (.*)")
_LISTENING = "Prism is listening"


@dataclass(slots=True)
class Exchange:
    """A request that passed, and what Prism found wrong with it or with its answer."""

    method: str
    path: str
    violations: list[str] = field(default_factory=list)


class Prism:
    """Prism between a client and an upstream; url is where it listens, ``/v1`` is the caller's to add.

    It lets everything pass and only notes: what it finds is in exchanges(), and in the header sl-violations of each
    answer. It logs in the order of arrival, so one caller at a time.
    """

    def __init__(self, packages: Path, document: Path, upstream: str) -> None:
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        command = ["node_modules/.bin/prism", "proxy", str(document), upstream, "--port", str(self._port)]
        self._process = subprocess.Popen(
            command, cwd=packages, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
        )
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._marks = 0
        self._wait_for(_LISTENING)

    def exchanges(self) -> list[Exchange]:
        """Return everything that has passed so far, in order."""
        # The log comes later than the answers: ask for a path that is nowhere and wait until that is in it.
        self._marks += 1
        mark = f"/mark/{self._marks}"
        httpx.get(self.url + mark, trust_env=False, timeout=_PATIENCE)
        self._wait_for(mark)
        found: list[Exchange] = []
        for line in list(self._lines):
            if request := _REQUEST.search(line):
                found.append(Exchange(request[1].upper(), request[2]))
            elif violation := _VIOLATION.search(line):
                found[-1].violations.append(violation[1])
        return [exchange for exchange in found if not exchange.path.startswith("/mark/")]

    def stop(self) -> None:
        """End it."""
        with self._process:
            self._process.terminate()
            self._process.wait(_PATIENCE)
            self._reader.join(_PATIENCE)

    def _read(self) -> None:
        assert self._process.stdout is not None
        self._lines.extend(self._process.stdout)

    def _wait_for(self, words: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not any(words in line for line in self._lines):
            assert self._process.poll() is None, "".join(self._lines)
            assert time.monotonic() < deadline, f"Prism did not say {words!r}: {''.join(self._lines[-20:])}"
            time.sleep(0.02)


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port
