"""The two item models: both spellings in, one out; nothing added, nothing respelled, nothing null."""

from __future__ import annotations

import json
from typing import Any

import pytest
from generated_items import MODELS, Item, Model, camel, exactly, good_items, required, tries
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from clerkbulk.contract.invitation import Invitation, OrganizationInvitation

both = pytest.mark.parametrize("model", MODELS)

# One item with every documented parameter, as Clerk's documentation and as the wire spell it.
EVERYTHING: dict[Model, tuple[Item, Item]] = {
    Invitation: (
        {
            "emailAddress": "ada@example.com",
            "redirectUrl": "https://app.example.com/welcome",
            "publicMetadata": {"firstName": "Ada", "cost_center": "00042", "a": {"redirectUrl": None}},
            "notify": False,
            "ignoreExisting": True,
            "expiresInDays": 14,
            "templateSlug": "waitlist_invitation",
        },
        {
            "email_address": "ada@example.com",
            "redirect_url": "https://app.example.com/welcome",
            "public_metadata": {"firstName": "Ada", "cost_center": "00042", "a": {"redirectUrl": None}},
            "notify": False,
            "ignore_existing": True,
            "expires_in_days": 14,
            "template_slug": "waitlist_invitation",
        },
    ),
    OrganizationInvitation: (
        {
            "emailAddress": "grace@example.com",
            "role": "org:member",
            "inviterUserId": "user_2abc",
            "publicMetadata": {"firstName": "Grace"},
            "privateMetadata": {"cost_center": "00042"},
            "redirectUrl": "https://app.example.com/welcome",
            "expiresInDays": 365,
            "notify": True,
        },
        {
            "email_address": "grace@example.com",
            "role": "org:member",
            "inviter_user_id": "user_2abc",
            "public_metadata": {"firstName": "Grace"},
            "private_metadata": {"cost_center": "00042"},
            "redirect_url": "https://app.example.com/welcome",
            "expires_in_days": 365,
            "notify": True,
        },
    ),
}


@both
def test_every_documented_parameter_is_taken_in_either_spelling_and_written_in_both(model: Model) -> None:
    """Parameters as documented and wire fields make the same invitation, which writes each of the two exactly."""
    params, wire = EVERYTHING[model]
    assert set(wire) == set(model.parameters())
    for document in (params, wire):
        made = model.model_validate(document)
        assert exactly(made.to_wire()) == exactly(wire)
        assert exactly(made.to_params()) == exactly(params)


def test_two_invitations_with_metadata_and_a_redirect_url_come_out_as_clerks_sdk_sends_them() -> None:
    """The documented application call: each item's own keys in snake_case, and nothing that was not given."""
    documented = [
        {
            "emailAddress": "invited-1@example.com",
            "redirectUrl": "https://www.example.com/my-sign-up",
            "publicMetadata": {"example": "metadata", "example_nested": {"nested": "metadata"}},
        },
        {"emailAddress": "invited-2@example.com", "redirectUrl": "https://www.example.com/my-sign-up"},
    ]
    assert [Invitation.model_validate(params).to_wire() for params in documented] == [
        {
            "email_address": "invited-1@example.com",
            "redirect_url": "https://www.example.com/my-sign-up",
            "public_metadata": {"example": "metadata", "example_nested": {"nested": "metadata"}},
        },
        {"email_address": "invited-2@example.com", "redirect_url": "https://www.example.com/my-sign-up"},
    ]


def test_two_organization_invitations_with_different_inviters_and_roles_come_out_as_clerks_sdk_sends_them() -> None:
    """The documented organization call: inviter and role may differ from item to item."""
    documented = [
        {"inviterUserId": "user_1", "emailAddress": "invited-1@example.com", "role": "org:admin"},
        {"inviterUserId": "user_2", "emailAddress": "invited-2@example.com", "role": "org:member"},
    ]
    assert [OrganizationInvitation.model_validate(params).to_wire() for params in documented] == [
        {"email_address": "invited-1@example.com", "role": "org:admin", "inviter_user_id": "user_1"},
        {"email_address": "invited-2@example.com", "role": "org:member", "inviter_user_id": "user_2"},
    ]


@both
@tries(300)
@given(data=st.data())
def test_the_spelling_of_the_way_in_leaves_no_trace(model: Model, data: st.DataObject) -> None:
    """Whichever mixture of the two spellings an item comes in, the same goes out."""
    item = data.draw(good_items(model))
    chosen = data.draw(st.sets(st.sampled_from(sorted(item))))
    mixed = {camel(name) if name in chosen else name: value for name, value in item.items()}
    made = model.model_validate(mixed)
    assert exactly(made.to_wire()) == exactly(item)
    assert exactly(made.to_params()) == exactly({camel(name): value for name, value in item.items()})


@both
def test_a_parameter_in_both_spellings_at_once_is_refused(model: Model) -> None:
    """Which of the two was meant is not ours to guess, not even when they agree or one is null."""
    params, wire = EVERYTHING[model]
    for name in model.parameters():
        if camel(name) == name:
            continue
        for other in (wire[name], None):
            with pytest.raises(ValidationError) as refusal:
                model.model_validate({**params, name: other})
            (error,) = refusal.value.errors()
            assert (error["type"], error["loc"]) == ("extra_forbidden", (name,))
            assert error["msg"] == f"{name} and {camel(name)} are two spellings of one parameter: keep one of them"


@both
@tries(200)
@given(data=st.data())
def test_metadata_keys_are_never_respelled_and_nulls_inside_stay(model: Model, data: st.DataObject) -> None:
    """Metadata belong to the application: whatever JSON they are, they come out as they went in, in both spellings."""
    inner = st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["emailAddress", "email_address"]),
        lambda value: st.lists(value, max_size=3) | st.dictionaries(NAMES, value, max_size=3),
        max_leaves=8,
    )
    metadata = data.draw(st.dictionaries(NAMES, inner, max_size=5))
    _, wire = EVERYTHING[model]
    made = model.model_validate({**wire, "public_metadata": metadata})
    assert exactly(made.to_wire()["public_metadata"]) == exactly(metadata)
    assert exactly(made.to_params()["publicMetadata"]) == exactly(metadata)


NAMES = st.sampled_from(["firstName", "first_name", "First Name", "redirectUrl", "redirect_url", "a.b", "", "é"])


@both
def test_null_means_not_given_and_never_goes_out(model: Model) -> None:
    """A null is dropped in both forms; where a value is needed it is refused."""
    _, wire = EVERYTHING[model]
    must = required(model)
    nulls = {name: value if name in must else None for name, value in wire.items()}
    made = model.model_validate(nulls)
    assert made.to_wire() == {name: wire[name] for name in must}
    assert made.to_params() == {camel(name): wire[name] for name in must}
    for name in must:
        with pytest.raises(ValidationError):
            model.model_validate({**wire, name: None})


@both
def test_what_was_not_given_is_not_filled_in(model: Model) -> None:
    """Clerk's defaults stay Clerk's: they are not written out."""
    _, wire = EVERYTHING[model]
    least = {name: wire[name] for name in required(model)}
    assert model.model_validate(least).to_wire() == least


@both
def test_false_is_given_and_goes_out(model: Model) -> None:
    """An empty object and false are values, not absences."""
    _, wire = EVERYTHING[model]
    made = model.model_validate({**wire, "notify": False, "public_metadata": {}})
    assert made.to_wire()["notify"] is False
    assert made.to_wire()["public_metadata"] == {}


NO_OBJECT = 'it must be a JSON object such as {"team": "core"}, and this is '
WRONG: list[tuple[str, Any, str]] = [
    ("email_address", "ada", "'ada' is not an e-mail address: there is no @ in it"),
    ("email_address", None, "an address is a text, and this is None"),
    ("email_address", ["ada@example.com"], "an address is a text, and this is ['ada@example.com']"),
    ("role", "", "a role is a key without spaces, such as org:member, and this is ''"),
    (
        "role",
        "org:member\n",
        "a role is a key without spaces, such as org:member, and this is 'org:member\\n'",
    ),
    (
        "role",
        "org:\u200b",
        "a role is a key without spaces, such as org:member, and this is 'org:\\u200b'",
    ),
    (
        "role",
        "org:\ud800",
        "a role is a key without spaces, such as org:member, and this is 'org:\\ud800'",
    ),
    ("role", 1, "it must be a text, and this is 1"),
    (
        "inviter_user_id",
        "ada@example.com",
        "a user id looks like user_2abc, and this is 'ada@example.com'",
    ),
    ("inviter_user_id", "user_2abc\n", "a user id looks like user_2abc, and this is 'user_2abc\\n'"),
    (
        "redirect_url",
        "javascript:alert(1)",
        "javascript: links are never sent; use an address that starts with https://",
    ),
    ("redirect_url", "https://app.example.com/\ud800", "there is an invisible character in it"),
    ("public_metadata", {"a": "é" * 4093}, "it takes 8,194 bytes as JSON, and Clerk takes 8,192 (8 KB)"),
    ("public_metadata", {"a": {1}}, "it must be something that JSON can hold, and this is {1}"),
    ("public_metadata", [["a", 1]], f"{NO_OBJECT}[['a', 1]]"),
    ("private_metadata", "{}", f"{NO_OBJECT}'{{}}'"),
    ("expires_in_days", 0, "it must be a whole number from 1 to 365, and this is 0"),
    ("expires_in_days", 366, "it must be a whole number from 1 to 365, and this is 366"),
    ("expires_in_days", 30.0, "it must be a whole number from 1 to 365, and this is 30.0"),
    ("expires_in_days", True, "it must be a whole number from 1 to 365, and this is True"),
    ("expires_in_days", "30", "it must be a whole number from 1 to 365, and this is '30'"),
    ("notify", 1, "it must be true or false, and this is 1"),
    ("notify", "true", "it must be true or false, and this is 'true'"),
    ("ignore_existing", "no", "it must be true or false, and this is 'no'"),
    ("template_slug", "welcome", "it must be invitation or waitlist_invitation, and this is 'welcome'"),
]


@pytest.mark.parametrize(("name", "value", "sentence"), WRONG)
def test_wrong_input_says_which_field_and_what_is_allowed(name: str, value: Any, sentence: str) -> None:
    """The one error names the field and is a sentence; what was given stands in the error's input."""
    for model in MODELS:
        if name not in model.parameters():
            continue
        _, wire = EVERYTHING[model]
        with pytest.raises(ValidationError) as refusal:
            model.model_validate({**wire, name: value})
        (error,) = refusal.value.errors()
        assert (error["loc"][0], error["msg"]) == (name, sentence)
        assert error["loc"][1:] or error["input"] == value


FOR_ORGANIZATIONS = "it exists only for invitations to organizations (OrganizationInvitation): here "
FOR_THE_APPLICATION = "it exists only for invitations to the application (Invitation): here "
HERE = {
    Invitation: "there are email_address, redirect_url, public_metadata, notify, expires_in_days, ignore_existing, "
    "template_slug",
    OrganizationInvitation: "there are email_address, redirect_url, public_metadata, notify, expires_in_days, role, "
    "inviter_user_id, private_metadata",
}


@pytest.mark.parametrize(
    ("model", "name", "sentence"),
    [
        (Invitation, "team", "there is no such parameter: "),
        (OrganizationInvitation, "team", "there is no such parameter: "),
        (Invitation, "role", "it exists only for invitations to organizations (OrganizationInvitation): here "),
        (
            Invitation,
            "inviterUserId",
            "it exists only for invitations to organizations (OrganizationInvitation): here ",
        ),
        (
            OrganizationInvitation,
            "template_slug",
            "it exists only for invitations to the application (Invitation): here ",
        ),
    ],
)
def test_an_unknown_parameter_is_answered_with_those_there_are(model: Model, name: str, sentence: str) -> None:
    """A parameter of the other endpoint is called that."""
    with pytest.raises(ValidationError) as refusal:
        model.model_validate({**EVERYTHING[model][1], name: "x"})
    (error,) = refusal.value.errors()
    assert (error["type"], error["loc"], error["msg"]) == ("extra_forbidden", (name,), sentence + HERE[model])


def test_what_is_missing_and_what_is_wrong_is_said_at_once() -> None:
    """One error tells of every field."""
    with pytest.raises(ValidationError) as refusal:
        OrganizationInvitation.model_validate({"email_address": "ada@example.com", "notify": "yes"})
    assert [(error["loc"], error["msg"]) for error in refusal.value.errors()] == [
        (("notify",), "it must be true or false, and this is 'yes'"),
        (("role",), "it must be given"),
    ]


def test_metadata_too_deep_for_json_readers_is_refused_in_one_sentence() -> None:
    """Nesting is bounded by us, in a sentence, and not by the depth at which a library gives up."""
    for depth in (101, 300, 5000):
        inner: Any = []
        for _ in range(depth - 2):
            inner = [inner]
        with pytest.raises(ValidationError) as refusal:
            Invitation.model_validate({"email_address": "ada@example.com", "public_metadata": {"a": inner}})
        (error,) = refusal.value.errors(include_input=False)
        assert (error["loc"], error["msg"]) == (("public_metadata",), "it is nested more than 100 deep")


@both
def test_an_invitation_cannot_be_changed_only_replaced(model: Model) -> None:
    """Frozen; replace() makes another one and checks it."""
    made = model.model_validate(EVERYTHING[model][1])
    with pytest.raises(ValidationError):
        made.notify = True  # type: ignore[misc]  # that it cannot be set is the promise
    assert made.replace(email_address="BOB@example.com").to_wire() == {
        **EVERYTHING[model][1],
        "email_address": "bob@example.com",
    }
    with pytest.raises(ValidationError):
        made.replace(email_address="bob")
    assert made.email_address == EVERYTHING[model][1]["email_address"]


def test_an_invitation_is_found_by_the_key_of_its_address() -> None:
    """The key is the same for two spellings of one address."""
    one = Invitation.model_validate({"email_address": "Jörg@XN--BCHER-KVA.example"})
    other = Invitation.model_validate({"emailAddress": " jo\u0308rg@bücher.example "})
    assert one.key == other.key == "jörg@xn--bcher-kva.example"


@both
@tries(100)
@given(data=st.data())
def test_json_text_is_read_like_the_document_it_holds(model: Model, data: st.DataObject) -> None:
    """Reading JSON text and reading what json.loads makes of it give the same invitation."""
    item = data.draw(good_items(model))
    assert exactly(model.model_validate_json(json.dumps(item)).to_wire()) == exactly(item)
