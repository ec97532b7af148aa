"""How many requests a processor second of the emulator answers, with hardly anybody there and with 100,000 invitations.

    python -m benchmarks.emulator_speed [--people 100000] [--seconds 1.0] [--only TEXT]

The server is a process of its own on a loopback port; what counts is the processor time of that process, so that the
client, which shares the machine, costs nothing. Both worlds are asked in one run, and the last column is their ratio.
The small world begins anew for each kind of call, or what is created there would make a large one of it.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from clerkbulk.emulator.server import Emulator

TARGET = 1000
"""Requests a second on one core (the reach set for the emulator)."""
ORGANIZATION = "org_acme"
SMALL = 50
"""Invitations of each kind in the small world: a page of each list is full, as it is in the large one."""
SEEDED_AT = 10_000
HEAD = "Host: 127.0.0.1\r\nAuthorization: Bearer sk_live_fake\r\nContent-Type: application/json\r\n"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: method, target and the body as JSON or None."""

    method: str
    target: str
    document: object = None


class Wire:
    """One kept-alive connection that writes requests and reads answers with a content length, and nothing more."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")

    def ask(self, ask: Ask) -> bytes:
        """Ask, and return the body; any answer but 200 ends the benchmark."""
        body = b"" if ask.document is None else json.dumps(ask.document).encode()
        head = f"{ask.method} {ask.target} HTTP/1.1\r\n{HEAD}Content-Length: {len(body)}\r\n\r\n"
        self._socket.sendall(head.encode() + body)
        status = int(self._file.readline().split()[1])
        length = 0
        while (line := self._file.readline()) not in {b"\r\n", b""}:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        answer = self._file.read(length)
        assert status == 200, (ask, status, answer[:300])
        return answer


class Server:
    """The emulator in a process of its own, which says how much processor time it has used."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "benchmarks.emulator_speed", "--serve"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.wire = Wire(int(self._process.stdout.readline()))

    def processor_seconds(self) -> float:
        """Return the processor time of the server's process so far."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("time\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def end(self) -> None:
        """End the process."""
        self._process.communicate("end\n")


@contextmanager
def server() -> Iterator[Server]:
    """Run a server to the end of the block."""
    running = Server()
    try:
        yield running
    finally:
        running.end()


def people_world(running: Server, people: int) -> None:
    """Begin a world anew, with so many invitations of each kind."""
    running.wire.ask(Ask("POST", "/_emulator/reset"))
    running.wire.ask(Ask("POST", "/_emulator/seed", {"organizations": [{"id": ORGANIZATION, "name": "Acme"}]}))
    for first in range(0, people, SEEDED_AT):
        entries = [entry for place in range(first, min(people, first + SEEDED_AT)) for entry in seeded(place)]
        running.wire.ask(Ask("POST", "/_emulator/seed", {"invitations": entries}))


def seeded(place: int) -> list[dict[str, object]]:
    """Return an application and an organization invitation in one of the four statuses."""
    status = ("pending", "pending", "accepted", "revoked", "expired")[place % 5]
    entry: dict[str, object] = {"email_address": f"person{place}@example.com", "status": status}
    return [entry, {**entry, "organization_id": ORGANIZATION, "role": "org:member"}]


def kinds(people: int) -> dict[str, Callable[[int], Ask]]:
    """Return the kinds of calls; each makes its n-th request, never the same address twice where it creates."""
    app, organization = "/v1/invitations", f"/v1/organizations/{ORGANIZATION}/invitations"

    def person(number: int) -> str:
        return f"person{number * 7919 % people}@example.com"

    def new(number: int, **more: object) -> list[dict[str, object]]:
        return [{"email_address": f"new{number}.{place}@example.com", **more} for place in range(10)]

    def single(number: int) -> dict[str, object]:
        return {"email_address": f"single{number}@example.com"}

    def offset(number: int) -> int:
        return number * 7919 % (people // 5)

    return {
        "list, first page": lambda n: Ask("GET", f"{app}?paginated=true"),
        "list, any page, one status": lambda n: Ask("GET", f"{app}?status=pending&offset={offset(n)}"),
        "list, ordered by address": lambda n: Ask("GET", f"{app}?order_by=email_address&offset={offset(n)}"),
        "list, ordered by expiry": lambda n: Ask("GET", f"{app}?order_by=-expires_at&offset={offset(n)}"),
        "list, one address": lambda n: Ask("GET", f"{app}?status=pending&query={person(n)}"),
        "organization list, any page": lambda n: Ask("GET", f"{organization}?status=pending&offset={offset(n)}"),
        "organization list, one address": lambda n: Ask("GET", f"{organization}?email_address={person(n)}"),
        "users, 100 addresses": lambda n: Ask(
            "GET", "/v1/users?" + "&".join(f"email_address={person(n + place)}" for place in range(100))
        ),
        "create one": lambda n: Ask("POST", app, single(n)),
        "create ten": lambda n: Ask("POST", f"{app}/bulk", new(n)),
        "create ten in an organization": lambda n: Ask("POST", f"{organization}/bulk", new(n, role="org:member")),
        "create one, then list a page": lambda n: (
            Ask("POST", app, {"email_address": f"mixed{n}@example.com"})
            if n % 2
            else Ask("GET", f"{app}?status=pending&offset={offset(n)}")
        ),
        "create one, then look it up": lambda n: (
            Ask("POST", app, {"email_address": f"sought{n}@example.com"})
            if n % 2
            else Ask("GET", f"{app}?query=sought{max(n - 1, 1)}@example.com")
        ),
    }


def speed(running: Server, make: Callable[[int], Ask], seconds: float) -> float:
    """Ask for a while; return the requests a processor second of the server.

    What is asked for the first time is put in order then: that is let go by before the time is taken.
    """
    for number in range(20):
        running.wire.ask(make(number))
    first = number = 1000
    begin, used = time.monotonic(), running.processor_seconds()
    while time.monotonic() - begin < seconds:
        for _ in range(10):
            running.wire.ask(make(number))
            number += 1
    return (number - first) / (running.processor_seconds() - used)


def main() -> None:
    """Print the table."""
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--people", type=int, default=100_000, help="invitations of each kind in the large world")
    read.add_argument("--seconds", type=float, default=1.0, help="how long each kind of call is asked in each world")
    read.add_argument("--only", default="", help="only kinds of calls whose name holds this text")
    read.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = read.parse_args()
    if given.serve:
        serve()
        return
    chosen = [name for name in kinds(SMALL) if given.only in name]
    slowest = float("inf")
    with server() as small, server() as large:
        people_world(large, given.people)
        print(f"{'requests a processor second':42} {SMALL:>9,}  {given.people:>9,}   ratio")
        for name in chosen:
            people_world(small, SMALL)
            speeds = [
                speed(running, kinds(people)[name], given.seconds)
                for running, people in ((small, SMALL), (large, given.people))
            ]
            slowest = min(slowest, *speeds)
            print(f"{name:42} {speeds[0]:>9,.0f}  {speeds[1]:>9,.0f}  {speeds[1] / speeds[0]:>6.2f}", flush=True)
    print(f"{TARGET:,} a processor second: {'met' if slowest >= TARGET else 'missed'} by the slowest, {slowest:,.0f}")


def serve() -> None:
    """Be the server: print the port, then answer each line on standard input with the processor time used so far."""
    emulator = Emulator(limits="off").start()
    print(emulator.url.rpartition(":")[2], flush=True)
    for line in sys.stdin:
        if line.strip() == "end":
            break
        print(time.process_time(), flush=True)
    emulator.stop()


if __name__ == "__main__":
    main()
