"""Organization webhooks exported as JSON lines: the forms that are read, and what is said of the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clerkbulk.errors import InputError
from clerkbulk.onboarding.event import Event
from clerkbulk.onboarding.exported import BadLine, keep_events, read_events
from clerkbulk.sending import seen
from clerkbulk.sending.ledger import Ledger

NOON = 1_800_014_400.0
KIND = "organizationInvitation.accepted"
ENVELOPE: dict[str, Any] = {
    "object": "event",
    "type": KIND,
    "data": {"id": "orginv_1", "organization_id": "org_acme", "user_id": "user_1"},
    "timestamp": 1_800_014_400_123,
    "instance_id": "ins_1",
}
TEXT = json.dumps(ENVELOPE)
NAMELESS = f"{KIND} orginv_1 1800014400.123"


@pytest.mark.parametrize(
    ("line", "delivery_id"),
    [
        (TEXT, NAMELESS),
        (f"\ufeff  {TEXT}\r\n", NAMELESS),
        (TEXT.encode(), NAMELESS),
        (json.dumps({"id": "msg_1", "payload": ENVELOPE}), "msg_1"),
        (json.dumps({"id": "msg_1", "eventType": KIND, "timestamp": "2027-01-15", "payload": ENVELOPE}), "msg_1"),
        (json.dumps({"svix_id": "msg_1", "id": 17, "event": ENVELOPE}), "msg_1"),
        (json.dumps({"headers": {"Svix-Id": "msg_1"}, "body": TEXT}), "msg_1"),
        (json.dumps({"message_id": "m1", "message": TEXT}), "m1"),
        # The id of the table's own line tells no two events apart.
        (json.dumps({"id": "17", "payload": ENVELOPE}), NAMELESS),
        (json.dumps({"received": "2027-01-15", "payload": ENVELOPE}), NAMELESS),
    ],
)  # fmt: skip
def test_plain_forms_of_a_line_are_read(line: str | bytes, delivery_id: str) -> None:
    """The envelope itself, or under a few names, as an object or as text, with the delivery's id beside it or not."""
    found = read_events([line])
    assert found.bad == ()
    assert found.events == (Event(delivery_id, KIND, NOON + 0.123, "orginv_1", "org_acme", "user_1", "ins_1"),)


def test_every_line_is_accounted_for(tmp_path: Path) -> None:
    """Repeated and other events are counted, bad lines told by number, blank ones passed over."""
    wrapped = json.dumps({"id": "msg_1", "payload": ENVELOPE})
    lines = [
        wrapped,
        "",
        wrapped,
        json.dumps({**ENVELOPE, "type": "user.created"}),
        "not JSON",
        "[1]",
        '{"a": 1}',
        json.dumps({"id": "msg_2", "payload": {**ENVELOPE, "data": {}}}),
        json.dumps({"payload": "half {"}),
        json.dumps({**ENVELOPE, "timestamp": True}),
        TEXT,
    ]
    path = tmp_path / "events.jsonl"
    path.write_bytes("\n".join(lines).encode() + b"\n\xff\n")
    found = read_events(path)
    assert [one.delivery_id for one in found.events] == ["msg_1", NAMELESS]
    assert (found.repeated, found.other) == (1, 1)
    assert found.bad == (
        BadLine(5, "Line 5 is not an event: it is no JSON."),
        BadLine(6, "Line 6 is not an event: it is no JSON object."),
        BadLine(7, "Line 7 is not an event: it has no type and data, and nothing that has under payload, event, body, "
                "message."),
        BadLine(8, "Line 8 is not an event: its data has no id of an invitation."),
        BadLine(9, "Line 9 is not an event: it is no JSON."),
        BadLine(10, "Line 10 is not an event: it has no timestamp."),
        BadLine(12, "Line 12 is not an event: it is not UTF-8."),
    )  # fmt: skip
    assert read_events(str(path)) == found
    blank = 1
    assert len(found.events) + found.repeated + found.other + len(found.bad) + blank == 12


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """The message names the file and what to pass."""
    with pytest.raises(InputError, match=r"nothing\.jsonl cannot be read: No such file or directory\. Pass the path"):
        read_events(tmp_path / "nothing.jsonl")


def test_events_are_kept_once_and_of_one_instance(tmp_path: Path) -> None:
    """A thousand events are kept; again, none is; those of another instance never are; and one must say of which."""
    lines = [json.dumps({"id": f"msg_{n}", "payload": {**ENVELOPE, "timestamp": NOON + n}}) for n in range(1001)]
    events = read_events(lines).events
    nameless = Event("msg_x", KIND, NOON, "orginv_2")
    with Ledger(tmp_path / "onboarding.db") as ledger:
        assert keep_events(ledger.begin, events[:400], now=NOON) == 400
        assert keep_events(ledger.begin, events, now=NOON) == 601
        assert keep_events(ledger.begin, events, now=NOON) == 0
        assert keep_events(ledger.begin, [events[0], nameless], instance_id="ins_2", now=NOON) == 1
        assert keep_events(ledger.begin, [], now=NOON) == 0
        with pytest.raises(InputError, match="msg_x does not say of which instance"):
            keep_events(ledger.begin, [nameless], now=NOON)
        with ledger.begin() as connection:
            rows = connection.execute(seen.event.select().order_by(seen.event.c.at)).all()
    assert len(rows) == 1002
    assert {row.delivery_id for row in rows if row.instance_id == "ins_2"} == {"msg_x"}
    assert rows[-1].at == NOON + 1000
