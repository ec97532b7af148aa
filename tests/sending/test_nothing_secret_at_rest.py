"""The key stays in the header, invitation links stay with Clerk: neither is in any file, text or traceback of ours."""

from __future__ import annotations

import json
import logging
import traceback
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from stage import Place, Stage, checked, people

from clerkbulk.errors import ClerkbulkError, KeyRefused, NotReachable
from clerkbulk.sending.job import Job
from clerkbulk.sending.ledger import Ledger
from clerkbulk.sending.scrub import LONGEST_REPLY, scrubbed, scrubbed_text

PLANTED = "sk_test_pLanTed-9"
SECRET = PLANTED.removeprefix("sk_test_")


def raw(folder: Path) -> bytes:
    """Return every byte of every file of the ledger."""
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def everything_said(job: Job, ledger: Ledger) -> str:
    """Return every text form of everything a run leaves in a notebook."""
    results = job.results()
    parts = [job, ledger, job.record, job.sum(), results, list(results), results.to_json(), job._repr_html_()]
    return "\n".join(f"{part!r} {part}" for part in parts) + results.to_frame().to_csv()


class Echo(httpx.BaseTransport):
    """A Clerk that repeats the key in whatever it answers, in turn: as a refusal, as HTML, in a lost connection."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner, self._posts = inner, 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "POST":
            return self._inner.handle_request(request)
        self._posts += 1
        key = request.headers["authorization"]
        error = {"code": "bad_request", "message": f"I know {key}", "long_message": f"Your key is {key}.", "meta": {}}
        match self._posts:
            case 1:
                return httpx.Response(422, json={"errors": [error], "key": key})
            case 2:
                return httpx.Response(502, html=f"<p>{key}</p>")
            case 3:
                raise httpx.RemoteProtocolError(f"broken by {key}")
            case 4:
                ticket = ".".join(("eyJhbGciOi", "eyJzdWIi", "c2ln"))
                return httpx.Response(200, text=f'{{"data":[{{"url":"https://example.com/?ticket={ticket}')
            case 5:
                addresses = [item["email_address"] for item in json.loads(request.content)]
                named = {**error, "code": "duplicate_record", "meta": {"email_addresses": addresses[:1]}}
                return httpx.Response(400, json={"errors": [named]})
        return self._inner.handle_request(request)


def test_a_planted_key_and_links_are_in_no_byte_of_the_ledger_and_no_text(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Even where Clerk, or something in between, repeats them."""
    caplog.set_level(logging.DEBUG)
    stage = Stage(tmp_path)
    with stage.ledger() as ledger:
        with stage.client(Echo(stage.backend.transport()), key=PLANTED) as client:
            job = ledger.job(checked(people(15)))
            steps = stage.steps(job, client)
            said = everything_said(job, ledger) + repr(steps) + repr(client) + caplog.text
        assert job.sum().open == 0
        kept = raw(tmp_path)
    kept += raw(tmp_path)
    tickets = [item["url"].partition("ticket=")[2] for item in stage.backend.state()["invitations"]]
    assert len(tickets) == 14
    for secret in (SECRET, "eyJhbGciOi", *tickets):
        assert secret.encode() not in kept
        assert secret not in said
    assert b"ticket=" not in kept.replace(b"ticket=[removed]", b"")
    assert b"Your key is [removed]" in kept


def test_no_traceback_shows_the_key(tmp_path: Path) -> None:
    """Whatever goes wrong: refused, out of reach, or a defect in the middle of a call."""

    class Refuses(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(401, json={"errors": [{"code": "clerk_key_invalid", "message": "no"}]})

    class Breaks(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError(f"cannot connect with {request.headers['user-agent']}")

    class Defective(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            raise ZeroDivisionError

    stage = Stage(tmp_path)
    for transport, kind in ((Refuses(), KeyRefused), (Breaks(), NotReachable), (Defective(), ZeroDivisionError)):
        with stage.ledger() as ledger, stage.client(transport, key=PLANTED) as client:
            run = ledger.job(checked(people(3))).run(client)
            with pytest.raises(kind) as caught:
                list(run)
            assert SECRET not in "".join(traceback.format_exception(caught.value))
            assert SECRET not in str(caught.getrepr(showlocals=True, style="long"))
            if issubclass(kind, ClerkbulkError):
                assert SECRET not in str(caught.value)
    assert SECRET.encode() not in raw(tmp_path)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Authorization: Bearer sk_live_a1", "Authorization: [removed]"),
        ('{"key":"sk_test_a1-b2_c3"}', '{"key":"[removed]"}'),
        ("live_" + "a1" * 12, "[removed]"),
        ("test_anna@example.com is a member", "test_anna@example.com is a member"),
        ("live_music12@example.com", "live_music12@example.com"),
        ("https://example.com/v1/tickets/accept?ticket=abc.def&x=1", "https://example.com/v1/tickets/accept?ticket=[removed]&x=1"),
        ("next%3Fticket%3Dabc.def", "next%3Fticket%3D[removed]"),
        ("see eyJhbGciOi.eyJzdWIi.c2ln now", "see [removed] now"),
        ("ada@example.com has a pending invitation", "ada@example.com has a pending invitation"),
    ],
)  # fmt: skip
def test_keys_and_tickets_are_taken_out_and_addresses_left(text: str, kept: str) -> None:
    """A key is recognised by its prefix, a ticket by its name or its form; people's addresses stay readable."""
    assert scrubbed_text(text) == kept


def test_a_reply_is_kept_without_links_and_says_where_it_was_cut() -> None:
    """A url is a credential in whatever depth; a very long reply says how long it was."""
    body = json.dumps({"data": [{"id": "inv_1", "url": "https://example.com/abc", "x": [{"url": None}]}]}).encode()
    assert scrubbed(body) == '{"data":[{"id":"inv_1","url":"[removed]","x":[{"url":null}]}]}'
    assert scrubbed(b"\xff<html>") == "\ufffd<html>"
    assert scrubbed(b'["\\ud800"]') == '["\\ud800"]'
    long = scrubbed(b"x" * 100_000)
    assert long == "x" * LONGEST_REPLY + "… [100,000 characters in all]"


def test_an_error_of_the_database_shows_nobodys_address(place: Place) -> None:
    """SQL that fails would be printed with its values, by SQLAlchemy or by the driver."""
    stage = Stage(place)
    with stage.ledger() as ledger, ledger.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE once (address TEXT UNIQUE)")
        row = (sa.text("INSERT INTO once VALUES (:address)"), {"address": "ada@example.com"})
        connection.execute(*row)
        with pytest.raises(sa.exc.IntegrityError, match=r"(?i)unique") as caught, connection.begin_nested():
            connection.execute(*row)
    assert "ada@example.com" not in "".join(traceback.format_exception(caught.value))
