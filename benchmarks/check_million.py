"""A million people from CSV to bodies, against the official SDK building and serialising its requests alone.

Ours is clerkbulk.stream() over the file, every body encoded; the file is walked twice, once for the mapping, and both
walks count. The SDK's is what clerk_backend_api does between the caller's dictionaries and the bytes of a call, ten
invitations a call, without reading, mapping or checking anything. Each runs in a process of its own, on one core;
seconds are those the processor worked, so that whatever else the machine does counts as little as it can.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.people_file import write_people

SDK_ROWS = 5_000


def ours(path: str) -> dict[str, Any]:
    """Stream the file to its end; return rows a second and the peak of memory."""
    from clerkbulk import Organization, stream

    began = time.process_time()
    people = stream(path, Organization("org_1"), metadata=["team", "office"])
    size = sum(len(batch.encoded()) for batch in people)
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "rows_a_second": people.rows / seconds,
        "rows": people.rows,
        "invitations": people.invitations,
        "issues": len(people.issues),
        "body_megabytes": size / 1e6,
        "peak_megabytes": peak,
    }


def sdk(_: str) -> dict[str, Any]:
    """Build and serialise requests as the SDK's own bulk_create does; return rows a second."""
    import httpx
    from clerk_backend_api import Clerk

    built: list[float] = []

    class Client(httpx.Client):
        """Notes when the SDK has made the bytes of a call and asks for the request to be put together."""

        def build_request(self, *arguments: Any, **options: Any) -> httpx.Request:
            built.append(time.process_time())
            return super().build_request(*arguments, **options)

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"data": [], "total_count": 0})

    seconds = 0.0
    with Client(transport=httpx.MockTransport(answer)) as client:
        clerk = Clerk(bearer_auth="sk_test_fake", client=client)
        for call in range(-10, SDK_ROWS // 10):
            items: Any = [
                {
                    "email_address": f"ada.lovelace{i}@example.com",
                    "role": "org:member",
                    "public_metadata": {"team": "Team 7", "office": "Zürich"},
                    "redirect_url": "https://app.example.com/welcome",
                    "expires_in_days": 14,
                }
                for i in range(10)
            ]
            began = time.process_time()
            clerk.organization_invitations.bulk_create(organization_id="org_1", request_body=items, retries=None)
            # Putting the request together, sending it and reading the answer are not counted; the first calls warm up.
            seconds += built[-1] - began if call >= 0 else 0.0
    return {"rows_a_second": SDK_ROWS / seconds}


def in_a_process(what: str, path: Path) -> dict[str, Any]:
    """Run one measurement by itself, so that neither sees the other's memory or imports."""
    command = [sys.executable, "-m", "benchmarks.check_million", "--only", what, "--file", str(path)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    measured: dict[str, Any] = json.loads(ran.stdout)
    return measured


def main() -> None:
    """Write the file, measure both in turn, print the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=1, help="measure each this many times, in turn")
    parser.add_argument("--only", choices=["ours", "sdk"], help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        print(json.dumps({"ours": ours, "sdk": sdk}[options.only](options.file)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        write_people(path, options.rows)
        megabytes = path.stat().st_size / 1e6
        runs = [(in_a_process("sdk", path), in_a_process("ours", path)) for _ in range(options.times)]
    theirs = statistics.median(run["rows_a_second"] for run, _ in runs)
    rate = statistics.median(run["rows_a_second"] for _, run in runs)
    last = runs[-1][1]
    print(f"{last['rows']:,} rows, {megabytes:.0f} MB of CSV, median of {options.times}")
    print(f"{last['invitations']:,} invitations, {last['issues']:,} issues, {last['body_megabytes']:.0f} MB of bodies")
    print(f"clerkbulk, read + map + check + bodies  {rate:>9,.0f} rows/s")
    print(f"official SDK, build + serialise alone   {theirs:>9,.0f} rows/s")
    print(f"ratio                                   {rate / theirs:>9.1f}")
    print(f"peak memory                             {max(run['peak_megabytes'] for _, run in runs):>9.0f} MB")


if __name__ == "__main__":
    main()
