"""The cassettes as files: where they come from, that nothing secret is in them, that recording gives the same again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from recorded import AUTHORIZATION, KEY, RECORDED_FROM, interactions, kept_response, texts

from clerkbulk.suite import scrubbing

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "cassettes").glob("*.yaml"))
every_cassette = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)

# What may never stand in a cassette: a name for it, and a pattern that finds it.
SECRETS = {
    **scrubbing.SECRETS,
    "the key of the recording": re.escape(KEY.removeprefix("sk_test_")),
    "an authorization": rf"Bearer (?!{AUTHORIZATION.removeprefix('Bearer ')}$)",
}


def leaks(text: str) -> list[str]:
    return [name for name, pattern in SECRETS.items() if re.search(pattern, text, re.IGNORECASE)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sk_live_x", ["a secret key"]),
        ("sk_test_01234567890", ["a secret key"]),
        ("sk_test_fake", []),
        (f"the key {KEY} was wrong", ["the key of the recording"]),
        ("Bearer sk_test_fake", ["an authorization"]),
        ("Bearer REMOVED and more", ["an authorization"]),
        ("Bearer REMOVED", []),
        ("https://x.example.com/accept?ticket=abc", ["a ticket"]),
        ("https://x.example.com/accept?ticket=REMOVED", []),
        ("eyJhbGciOiJSUzI1NiJ9.e30.sig", ["a signed token"]),
        ("ada@corp.example.io", ["an address that could be somebody's"]),
        ("ada@example.community", ["an address that could be somebody's"]),
        ("ada@example.com, zoë@example.net", []),
        ("?email_address=ada%40gmail.test", ["an address that could be somebody's, in a URL"]),
        ("?email_address=ada%40example.com&limit=1", []),
        ("http://127.0.0.1:4010/v1", ["this machine"]),
    ],
)
def test_what_counts_as_a_leak(text: str, expected: list[str]) -> None:
    """The search below finds what it is for, and nothing else."""
    assert leaks(text) == expected


@every_cassette
def test_nothing_secret_is_in_a_cassette(path: Path) -> None:
    """No key, authorization, ticket, real address or machine; not in the file, and not behind its escapes and folds."""
    assert leaks(path.read_text(encoding="utf-8").replace(AUTHORIZATION, "")) == []
    assert {leak for text in texts(interactions(path)) for leak in leaks(text)} == set()


@every_cassette
def test_a_cassette_says_that_it_never_saw_clerk(path: Path) -> None:
    """Every answer carries where it was recorded, and every call looks like one to Clerk, with its key removed."""
    name, origin = RECORDED_FROM
    for entry in interactions(path):
        assert entry["response"]["headers"][name] == [origin]
        assert entry["request"]["headers"]["authorization"] == [AUTHORIZATION]
        assert entry["request"]["uri"].startswith("https://api.clerk.com/v1/")


def test_scrubbing_an_answer_twice_changes_nothing_more() -> None:
    """It is scrubbed when a call is recorded and when it is replayed: the second time finds nothing to do."""
    body = b'{"url":"https://x.example.com/v1/tickets/accept?ticket=abc.def","id":"inv_1"}'
    given = {"headers": {"content-length": ["77"], "date": ["now"]}, "body": {"string": body}, "status": {"code": 200}}
    once = kept_response(given)
    assert once == {
        "headers": {"date": ["now"], "X-Recorded-From": ["clerkbulk emulator, never Clerk"]},
        "body": {"string": b'{"url":"https://x.example.com/v1/tickets/accept?ticket=REMOVED","id":"inv_1"}'},
        "status": {"code": 200},
    }
    assert kept_response(once) == once
    assert given["body"] == {"string": body}


def test_the_readme_of_the_cassettes_names_each_of_them() -> None:
    """Whoever looks for a case finds its cassette in the table, and nothing that is not there."""
    readme = (ROOT / "cassettes" / "README.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `([\w-]+)` \|", readme, re.MULTILINE)) == sorted(path.stem for path in FILES)


def test_recording_again_gives_the_same_files_to_the_byte(tmp_path: Path) -> None:
    """What stands in the cassettes is what the emulator answers today; if not: make record, and look at the changes."""
    (tmp_path / "cassettes").mkdir()
    tests = [str(path) for path in sorted(Path(__file__).parent.glob("test_cassettes*.py"))]
    options = ["-q", "-p", "no:cacheprovider", "--record-mode=rewrite", f"--rootdir={tmp_path}"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), *options, *tests],
        cwd=ROOT,
        env={**os.environ, "CLERK_SECRET_KEY": "sk_test_env_planted"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    recorded = {path.name: path.read_bytes() for path in (tmp_path / "cassettes").iterdir()}
    assert sorted(recorded) == [path.name for path in FILES]
    assert [path.name for path in FILES if path.read_bytes() != recorded[path.name]] == []
