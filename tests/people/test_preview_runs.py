"""The previewed calls, run for real: by Clerk's SDKs and by curl, against a loopback server that keeps what it gets.

Clerk's JavaScript SDK is installed once, with npm, into the user's cache folder. Where npm, node or curl is missing,
the tests that need it are skipped with a sentence on how to get it; with CI=true in the environment they fail instead.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NoReturn

import pytest

from clerkbulk.contract.target import Application, Organization, Target
from clerkbulk.people.batch import Batch, batches
from clerkbulk.people.check import check
from clerkbulk.people.preview import Form, preview

JAVASCRIPT_SDK = "@clerk/backend@3.25.0"
APPLICATION, ORGANIZATION = Application(), Organization("org_123")


@dataclass
class Capture:
    """What the loopback server was sent, and the status it answers with."""

    url: str
    status: int = 200
    calls: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)

    def run(self, *command: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run a program that finds this server where it looks for Clerk."""
        settings = {"CLERK_API_URL": self.url, "CLERK_SECRET_KEY": "sk_test_fake", "CLERK_TELEMETRY_DISABLED": "1"}
        environment = {**{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}, **settings}
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
        )


@pytest.fixture
def capture() -> Iterator[Capture]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            captured.calls.append(("POST", self.path, {name.lower(): value for name, value in self.headers.items()}))
            captured.bodies.append(json.loads(sent))
            answer = json.dumps(_answer(self.path, captured.bodies[-1])).encode()
            self.send_response(captured.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    captured = Capture(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield captured
    server.shutdown()
    server.server_close()
    thread.join()


def _answer(path: str, body: list[dict[str, Any]]) -> Any:
    """Return what Clerk documents as the answer of a call that created what was asked for."""
    made = [
        {
            "object": "invitation",
            "id": f"inv_{i}",
            "email_address": item["email_address"],
            "public_metadata": item.get("public_metadata", {}),
            "status": "pending",
            "created_at": 1_700_000_000_000,
            "updated_at": 1_700_000_000_000,
            "url": None,
            "expires_at": None,
        }
        for i, item in enumerate(body)
    ]
    if "/organizations/" not in path:
        return [{name: value for name, value in invitation.items() if value is not None} for invitation in made]
    for invitation, item in zip(made, body, strict=True):
        invitation |= {"object": "organization_invitation", "role": item["role"], "role_name": "Member"}
        invitation |= {"organization_id": "org_123", "inviter_id": None, "public_inviter_data": None}
        invitation |= {"private_metadata": item.get("private_metadata", {})}
    return {"data": made, "total_count": len(made)}


def _missing(sentence: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)


def _program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        _missing(f"{name} is not on this machine: install {package}, for instance with apt-get install {package}.")
    return found


@pytest.fixture(scope="session")
def javascript_sdk() -> Path:
    """Return the node_modules folder that holds Clerk's JavaScript SDK, installed on first use."""
    _program("node", "nodejs")
    npm = _program("npm", "npm")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "clerkbulk-tests"
    folder = cache / JAVASCRIPT_SDK.replace("/", "-").replace("@", "")
    if not (folder / "node_modules").is_dir():
        fresh = cache / f"{folder.name}.{os.getpid()}"
        fresh.mkdir(parents=True)
        command = [
            npm,
            "install",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--prefix",
            str(fresh),
            JAVASCRIPT_SDK,
        ]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        if ran.returncode:
            shutil.rmtree(fresh)
            _missing(f"{' '.join(command[1:])} did not work here, and node runs no SDK without it: {ran.stderr[-500:]}")
        try:
            fresh.rename(folder)
        except OSError:  # somebody else was quicker
            shutil.rmtree(fresh)
    return folder / "node_modules"


METADATA = {"example": "metadata", "example_nested": {"nested": "metadata"}}
DOCUMENTED = {
    "application": (
        APPLICATION,
        [
            {
                "emailAddress": address,
                "redirectUrl": "https://www.example.com/my-sign-up",
                "publicMetadata": METADATA,
            }
            for address in ("invite@example.com", "invite2@example.com")
        ],
        """
const response = await clerkClient.invitations.createInvitationBulk([
  {
    emailAddress: 'invite@example.com',
    redirectUrl: 'https://www.example.com/my-sign-up',
    publicMetadata: {
      example: 'metadata',
      example_nested: {
        nested: 'metadata',
      },
    },
  },
  {
    emailAddress: 'invite2@example.com',
    redirectUrl: 'https://www.example.com/my-sign-up',
    publicMetadata: {
      example: 'metadata',
      example_nested: {
        nested: 'metadata',
      },
    },
  },
])
""",
    ),
    "organization": (
        ORGANIZATION,
        [
            {"inviterUserId": "user_1", "emailAddress": "testclerk1@clerk.dev", "role": "org:admin"},
            {"inviterUserId": "user_2", "emailAddress": "testclerk2@clerk.dev", "role": "org:member"},
        ],
        """
const organizationId = 'org_123'
const params = [
  { inviterUserId: 'user_1', emailAddress: 'testclerk1@clerk.dev', role: 'org:admin' },
  { inviterUserId: 'user_2', emailAddress: 'testclerk2@clerk.dev', role: 'org:member' },
]
const response = await clerkClient.organizations.createOrganizationInvitationBulk(organizationId, params)
""",
    ),
}
"""Each endpoint's example in Clerk's documentation: target, parameters, and the call as it is printed there."""

CREATE_CLIENT = """
import { createClerkClient } from '@clerk/backend'
const clerkClient = createClerkClient({
  secretKey: process.env.CLERK_SECRET_KEY,
  apiUrl: process.env.CLERK_API_URL,
})
"""

NASTY = {
    "quotes": "'single' \"double\" `backtick`",
    "shell": "$HOME ${HOME} $(id) `id` \\ ! ~ * ; & | > /dev/null",
    "lines": "one\ntwo\r\nthree\ttab\nJSON\nEOF",
    "letters": "zoë \U0001f600 \u2028 \u2029 \u007f \u0000 \ufeff </script>",
    "template": "${1 + 1} %s {0} {{x}}",
    "__proto__": {"polluted": True},
    "constructor": 1,
    "not-a-name": [1, -2, 1.5, 1e-7, True, False, None, {"": {}}],
    "größe": "ß",
    "class": "a reserved word",
    "7": "a number as a key",
}


def nasty(target: Target) -> list[Batch]:
    """Return two calls whose items hold everything that quoting could trip over."""
    people = [
        {
            "email_address": f"o'hara{i}@example.com",
            "public_metadata": NASTY,
            "redirect_url": "https://example.com/?a='$x`",
        }
        for i in range(11)
    ]
    role = {"role": "org:member", "private_metadata": NASTY} if isinstance(target, Organization) else {}
    made = batches(check(people, target, defaults={"expires_in_days": 7, "notify": False, **role}))
    assert [len(batch) for batch in made] == [10, 1]
    return made


# JavaScript.


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_we_send_what_the_documented_javascript_call_sends(
    kind: str, capture: Capture, javascript_sdk: Path, tmp_path: Path
) -> None:
    """Clerk's documented call, run by Clerk's SDK, and our preview of the same people: one and the same body."""
    target, documented, call = DOCUMENTED[kind]
    (batch,) = batches(check(documented, target))
    (tmp_path / "node_modules").symlink_to(javascript_sdk)
    (tmp_path / "documented.mjs").write_text(CREATE_CLIENT + call)
    (tmp_path / "ours.mjs").write_text(preview([batch], Form.JAVASCRIPT), "utf-8")
    for script in ("documented.mjs", "ours.mjs"):
        ran = capture.run("node", script, folder=tmp_path)
        assert (ran.returncode, ran.stderr) == (0, "")
    assert capture.bodies == [batch.body, batch.body]
    paths = [(method, path) for method, path, _ in capture.calls]
    assert paths == [("POST", batch.endpoint.path_for(target))] * 2


@pytest.mark.parametrize("target", [APPLICATION, ORGANIZATION], ids=str)
def test_the_javascript_preview_runs_whatever_the_metadata_holds(
    target: Target, capture: Capture, javascript_sdk: Path, tmp_path: Path
) -> None:
    """Quotes, line ends, emoji and a key called __proto__ arrive as they were, in as many calls as there are."""
    made = nasty(target)
    (tmp_path / "node_modules").symlink_to(javascript_sdk)
    (tmp_path / "ours.mjs").write_text(preview(made, Form.JAVASCRIPT), "utf-8")
    ran = capture.run("node", "ours.mjs", folder=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert capture.bodies == [batch.body for batch in made]


# Python.

PYTHON_DEFAULTS = {
    "application": {"notify": True, "ignore_existing": False, "template_slug": "invitation"},
    "organization": {"notify": True},
}
"""What the Python SDK writes into every item by itself."""


@pytest.mark.parametrize("target", [APPLICATION, ORGANIZATION], ids=str)
def test_the_python_preview_runs_with_the_official_sdk(target: Target, capture: Capture, tmp_path: Path) -> None:
    """The bodies are ours and the defaults the SDK writes out; every call is made exactly once."""
    made = nasty(target)
    (tmp_path / "ours.py").write_text(preview(made, Form.PYTHON), "utf-8")
    ran = capture.run(sys.executable, "ours.py", folder=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    defaults = PYTHON_DEFAULTS[target.kind]
    assert capture.bodies == [[{**defaults, **item} for item in batch] for batch in made]
    assert [path for _, path, _ in capture.calls] == [made[0].endpoint.path_for(target)] * 2


def test_the_python_preview_never_repeats_a_call_that_failed(capture: Capture, tmp_path: Path) -> None:
    """Left to itself the SDK repeats a POST after a 500 for up to an hour; the preview's call is made once."""
    capture.status = 500
    (batch,) = batches(check(["ada@example.com"]))
    (tmp_path / "ours.py").write_text(preview([batch], Form.PYTHON), "utf-8")
    assert capture.run(sys.executable, "ours.py", folder=tmp_path).returncode == 1
    assert len(capture.calls) == 1


# curl.


@pytest.mark.parametrize("target", [APPLICATION, ORGANIZATION], ids=str)
def test_the_curl_preview_runs_in_a_plain_shell(target: Target, capture: Capture, tmp_path: Path) -> None:
    """Nothing is expanded or executed by the shell, the body is exact, and key and version travel in headers."""
    _program("curl", "curl")
    made = nasty(target)
    (tmp_path / "ours.sh").write_text(preview(made, Form.CURL), "utf-8")
    ran = capture.run("sh", "ours.sh", folder=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert capture.bodies == [batch.body for batch in made]
    for method, path, headers in capture.calls:
        assert (method, path) == ("POST", made[0].endpoint.path_for(target))
        assert headers["authorization"] == "Bearer sk_test_fake"
        assert headers["content-type"] == "application/json"
        assert headers["clerk-api-version"] == "2026-05-12"
    assert [headers["content-length"] for _, _, headers in capture.calls] == [
        str(len(batch.to_json().encode())) for batch in made
    ]


def test_the_curl_preview_carries_the_largest_body(capture: Capture, tmp_path: Path) -> None:
    """A body of nearly 128 KB, more than one argument of a command may hold, goes through."""
    _program("curl", "curl")
    full = {"a": "'" * (8 * 1024 - 8)}
    people = [{"email_address": f"p{i}@example.com", "public_metadata": full} for i in range(7)]
    (batch,) = batches(
        check(people, ORGANIZATION, defaults={"role": "org:member", "private_metadata": {"b": '"' * 4_000}})
    )
    assert len(batch.to_json()) > 110_000
    (tmp_path / "ours.sh").write_text(preview([batch], Form.CURL), "utf-8")
    ran = capture.run("sh", "ours.sh", folder=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert capture.bodies == [batch.body]


def test_every_preview_takes_an_address_that_ends_in_v1(capture: Capture, javascript_sdk: Path, tmp_path: Path) -> None:
    """CLERK_API_URL may name the version, as it may for clerkbulk: the call goes to the same place."""
    _program("curl", "curl")
    (batch,) = batches(check(["ada@example.com"]))
    capture.url += "/v1"
    (tmp_path / "node_modules").symlink_to(javascript_sdk)
    for name, form in (("ours.sh", Form.CURL), ("ours.mjs", Form.JAVASCRIPT), ("ours.py", Form.PYTHON)):
        (tmp_path / name).write_text(preview([batch], form), "utf-8")
    for command in (("sh", "ours.sh"), ("node", "ours.mjs"), (sys.executable, "ours.py")):
        ran = capture.run(*command, folder=tmp_path)
        assert (ran.returncode, ran.stderr) == (0, "")
    assert [path for _, path, _ in capture.calls] == ["/v1/invitations/bulk"] * 3


def test_the_curl_preview_stops_without_a_key(capture: Capture, tmp_path: Path) -> None:
    """Without CLERK_SECRET_KEY nothing is called, and the shell says why."""
    (batch,) = batches(check(["ada@example.com"]))
    script = preview([batch], Form.CURL)
    ran = subprocess.run(
        ["sh"], input=script, env={"PATH": os.environ["PATH"], "CLERK_API_URL": capture.url},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode != 0
    assert "CLERK_SECRET_KEY: is not set" in ran.stderr
    assert capture.calls == []
