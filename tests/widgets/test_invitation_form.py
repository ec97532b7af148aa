"""InvitationForm: a field for each documented parameter, the checks' own words, and beside it what would be sent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from seeing import has, named, press, sees, words

import clerkbulk as cb
from clerkbulk.contract.invitation import Invitation, OrganizationInvitation
from clerkbulk.widgets.invitation_form import InvitationForm

ACME = cb.Organization("org_2abc")


def form(target: Any = None, **typed: str) -> InvitationForm:
    made = InvitationForm(target)
    for name, text in typed.items():
        made.part.hear(name, text)
    return made


@pytest.mark.parametrize(("target", "item"), [(None, Invitation), (ACME, OrganizationInvitation)])
def test_every_documented_parameter_has_a_field_with_its_description(target: Any, item: Any) -> None:
    """Made from the model: a parameter that is added there appears here."""
    shown = form(target)
    for name, about in item.model_fields.items():
        assert named(shown.part, name)["help"] == about.description


def test_the_value_is_the_invitation_as_soon_as_there_is_one() -> None:
    """Typed texts become the parameters' types; what was not typed is not sent."""
    made = form(
        email_address=" Ada@Example.com ", expires_in_days="14", notify="false", public_metadata='{"team": "core"}'
    )
    assert made.value == Invitation(
        email_address="ada@example.com", expires_in_days=14, notify=False, public_metadata={"team": "core"}
    )
    assert made.value.to_wire() == {
        "email_address": "ada@example.com", "expires_in_days": 14, "notify": False, "public_metadata": {"team": "core"},
    }  # fmt: skip


def test_the_value_can_be_observed_and_goes_when_a_field_is_wrong() -> None:
    """Like any trait of a widget, though it is never synced."""
    made, seen = InvitationForm(), []
    made.observe(lambda change: seen.append(change.new), "value")
    made.part.hear("email_address", "ada@example.com")
    made.part.hear("email_address", "ada@")
    assert [one and one.email_address for one in seen] == ["ada@example.com", None]


def test_what_is_wrong_is_said_beside_the_field_in_the_words_of_the_checks() -> None:
    """And nothing is said of a field nobody has touched."""
    made = form(ACME, expires_in_days="400")
    assert named(made.part, "expires_in_days")["error"].endswith(
        "it must be a whole number from 1 to 365, and this is 400."
    )
    assert "error" not in named(made.part, "email_address")
    press(made.part, "Add to the list")
    assert named(made.part, "email_address")["error"] == "There is no e-mail address in this line."
    assert made.invitations == ()


@pytest.mark.parametrize(
    ("written", "start"),
    [
        ("wire", '[\n  {\n    "email_address": "ada@example.com"'),
        ("curl", ': "${CLERK_API_URL:=https://api.clerk.com}"'),
        ("js", "import { createClerkClient }"),
        ("python", "import os"),
    ],
)
def test_what_would_be_sent_stands_beside_the_form(written: str, start: str) -> None:
    """As JSON, curl, JavaScript and Python; what can be pasted and run."""
    made = form(email_address="ada@example.com")
    made.part.hear("form", written)
    code = next(word for word in words(made.part) if word.startswith(start))
    assert "ada@example.com" in code
    assert sees(made.part, "POST /v1/invitations/bulk")


def test_a_list_feeds_a_table() -> None:
    """Added people are records that check takes; the other fields stay for the next one."""
    made = form(ACME, email_address="ada@example.com", role="org:member")
    press(made.part, "Add to the list")
    made.part.hear("email_address", "ADA@example.com")
    assert named(made.part, "email_address")["error"] == "This person is on the list already."
    made.part.hear("email_address", "bob@example.com")
    press(made.part, "Add to the list")
    checked = cb.check(made.records(), ACME)
    assert [one.email_address for one in checked.invitations] == ["ada@example.com", "bob@example.com"]
    made.part.hear("remove", 0)
    assert [one.email_address for one in made.invitations] == ["bob@example.com"]


def test_clearing_forgets_what_was_typed_and_keeps_the_list() -> None:
    """One button for the next case."""
    made = form(email_address="ada@example.com")
    press(made.part, "Add to the list")
    made.part.hear("email_address", "bob@example.com")
    press(made.part, "Clear the form")
    assert named(made.part, "email_address")["value"] == ""
    assert len(made.invitations) == 1
    assert has(made.part, "remove")


def test_the_saved_state_holds_nobody() -> None:
    """Neither what was typed nor what is on the list."""
    made = form(email_address="ada@example.com")
    press(made.part, "Add to the list")
    assert "ada@example.com" not in json.dumps(made.get_state(), default=str)
