"""The emulator's files: the saved state, and the settings."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.exchange import Request
from clerkbulk.emulator.instance import Settings, read_settings
from clerkbulk.errors import InputError

NOON = 1_800_014_400_000
BULK = "/v1/invitations/bulk"


def test_a_saved_state_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """World, budget of the hour, ids and time survive a restart; the file is whole JSON and nothing lies beside it."""
    path = tmp_path / "state.json"
    headers = {"Authorization": "Bearer sk_live_fake", "Content-Type": "application/json"}

    def call(backend: Backend, number: int) -> Any:
        body = json.dumps([{"email_address": f"p{number}@example.com", "public_metadata": {"ü": "é"}}]).encode()
        return backend.answer(Request.to("POST", BULK, headers, body))

    first = Backend(clock=VirtualClock(NOON / 1000), state=path)
    first.seed(
        {
            "organizations": [{"id": "org_a", "seats": 3}],
            "roles": [{"key": "org:guest"}],
            "users": [{"id": "user_a", "email_address": "a@example.com"}],
            "memberships": [{"organization_id": "org_a", "user_id": "user_a", "role": "org:guest"}],
            "invitations": [{"email_address": "o@example.com", "organization_id": "org_a", "inviter_id": "user_a"}],
        }
    )
    first.advance(3600)
    ids = {call(first, number).document()[0]["id"] for number in range(25)}
    assert first.save() == path
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.json"]

    second = Backend(clock=VirtualClock(NOON / 1000), state=path)
    assert second.state() == first.state()
    assert second.state()["now"] == NOON + 3_600_000
    assert call(second, 99).status == 429
    second.advance(3600)
    assert call(second, 99).document()[0]["id"] not in ids
    assert call(second, 3).status == 400


def test_calls_go_on_while_the_state_is_saved_and_each_file_is_one_moment(tmp_path: Path) -> None:
    """Whatever is saved between two calls holds whole calls only, and nothing twice; the last save has everything."""
    path = tmp_path / "state.json"
    backend = Backend(limits="off", clock=VirtualClock(NOON / 1000), state=path)
    headers = {"Authorization": "Bearer sk_test_fake", "Content-Type": "application/json"}

    def send() -> None:
        for call in range(150):
            body = json.dumps([{"email_address": f"p{call}.{place}@example.com"} for place in range(10)]).encode()
            assert backend.answer(Request.to("POST", BULK, headers, body)).status == 200

    sending = threading.Thread(target=send)
    sending.start()
    found = []
    while sending.is_alive():
        backend.save()
        found.append([one["id"] for one in json.loads(path.read_text())["invitations"]])
    sending.join()
    backend.save()
    assert backend.is_saved
    assert {len(ids) % 10 for ids in found} <= {0}
    assert all(len(set(ids)) == len(ids) for ids in found)
    assert len(Backend(limits="off", clock=VirtualClock(NOON / 1000), state=path).state()["invitations"]) == 1500


def test_a_state_is_json_with_a_record_a_line(tmp_path: Path) -> None:
    """A file that people can look into and compare; an address of a user stands inside its user."""
    path = tmp_path / "state.json"
    backend = Backend(limits="off", clock=VirtualClock(NOON / 1000), state=path)
    backend.seed({"users": [{"id": f"user_{name}", "email_address": f"{name}@example.com"} for name in "ab"]})
    lines = backend.save().read_text().splitlines()
    assert [line[:14] for line in lines if "user_" in line] == ['{"id": "user_a', '{"id": "user_b']
    saved = json.loads(path.read_text())
    assert [one["email_addresses"][0]["email_address"] for one in saved["users"]] == ["a@example.com", "b@example.com"]
    assert saved["invitations"] == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"clerkbulk_emulator_state": 2}', '{"clerkbulk_emulator_state": 1}'])
def test_a_file_that_is_no_state_is_refused(tmp_path: Path, text: str) -> None:
    """A state that cannot be read stops the start with a sentence that names the file."""
    path = tmp_path / "state.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"state\.json"):
        Backend(state=path)


def test_a_state_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """Saving into a folder that is not there is a sentence, not a traceback."""
    backend = Backend(state=tmp_path / "none" / "state.json")
    with pytest.raises(InputError, match="cannot be written"):
        backend.save()
    assert not backend.is_saved


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.json", '{"atomicity": "partial", "blocklist": ["*@example.org"]}', ("partial", ("*@example.org",))),
        ("a.toml", 'atomicity = "partial"\nblocklist = ["*@example.org"]\n', ("partial", ("*@example.org",))),
        # As Windows editors save it.
        ("a.json", '\ufeff{"atomicity": "partial"}', ("partial", ())),
        ("a.toml", '\ufeffatomicity = "partial"\r\n', ("partial", ())),
    ],
)
def test_settings_are_read_from_json_and_toml(tmp_path: Path, name: str, text: str, expected: Any) -> None:
    """Both forms give the same settings."""
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    settings = read_settings(tmp_path / name)
    assert (settings.atomicity, settings.blocklist) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "are not JSON"),
        pytest.param("[" * 200_000, "are not JSON", id="deep"),
        ("[]", "one JSON object"),
        ('{"atomicty": "partial"}', "no setting 'atomicty'; did you mean atomicity?"),
        ('{"x": 1}', "no setting 'x'. There are: secret_keys, "),
        ('{"atomicity": "maybe"}', "atomicity is 'maybe', and can be: all_or_nothing, partial."),
        ('{"monthly_emails": "many"}', "monthly_emails is a whole number, not 'many'."),
        ('{"monthly_emails": true}', "monthly_emails is a whole number, not True."),
        ('{"monthly_emails": -1}', "monthly_emails is -1, and can be 0"),
        ('{"organizations_enabled": 1}', "organizations_enabled is true or false, not 1."),
        ('{"allowlist": "a@example.com"}', "allowlist is a list of texts."),
    ],
)
def test_wrong_settings_are_said(tmp_path: Path, text: str, words: str) -> None:
    """A mistake in the settings names the key, what it was and what it can be."""
    path = tmp_path / "settings.json"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_settings(path)
    assert words in str(caught.value)


def test_settings_that_are_not_there_are_said(tmp_path: Path) -> None:
    """A missing settings file is a sentence."""
    with pytest.raises(InputError, match="cannot be read"):
        read_settings(tmp_path / "none.json")


def test_only_two_words_for_limits() -> None:
    """Anything but documented and off is refused."""
    with pytest.raises(InputError, match="documented or off"):
        Backend(limits="on", settings=Settings())
