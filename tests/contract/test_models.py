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
            assert [(error["type"], error["loc"]) for error in refusal.value.errors()] == [("extra_forbidden", (name,))]


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


WRONG: list[tuple[str, Any, str]] = [
    ("email_address", "ada", "Value error, there is no @ in it"),
    ("email_address", None, "Value error, an address is a text, and this is None"),
    ("email_address", ["ada@example.com"], "Value error, an address is a text, and this is ['ada@example.com']"),
    ("role", "", "Value error, a role is a key without spaces, such as org:member, and this is ''"),
    (
        "role",
        "org:member\n",
        "Value error, a role is a key without spaces, such as org:member, and this is 'org:member\\n'",
    ),
    (
        "role",
        "org:\u200b",
        "Value error, a role is a key without spaces, such as org:member, and this is 'org:\\u200b'",
    ),
    (
        "role",
        "org:\ud800",
        "Value error, a role is a key without spaces, such as org:member, and this is 'org:\\ud800'",
    ),
    ("role", 1, "Input should be a valid string"),
    (
        "inviter_user_id",
        "ada@example.com",
        "Value error, a user id looks like user_2abc, and this is 'ada@example.com'",
    ),
    ("inviter_user_id", "user_2abc\n", "Value error, a user id looks like user_2abc, and this is 'user_2abc\\n'"),
    (
        "redirect_url",
        "javascript:alert(1)",
        "Value error, javascript: links are never sent; use an address that starts with https://",
    ),
    ("redirect_url", "https://app.example.com/\ud800", "Value error, there is an invisible character in it"),
    ("public_metadata", {"a": "é" * 4093}, "Value error, it takes 8,194 bytes as JSON, and Clerk takes 8,192 (8 KB)"),
    ("public_metadata", [["a", 1]], "Input should be a valid dictionary"),
    ("private_metadata", "{}", "Input should be a valid dictionary"),
    ("expires_in_days", 0, "Input should be greater than or equal to 1"),
    ("expires_in_days", 366, "Input should be less than or equal to 365"),
    ("expires_in_days", 30.0, "Input should be a valid integer"),
    ("expires_in_days", True, "Input should be a valid integer"),
    ("expires_in_days", "30", "Input should be a valid integer"),
    ("notify", 1, "Input should be a valid boolean"),
    ("notify", "true", "Input should be a valid boolean"),
    ("ignore_existing", "no", "Input should be a valid boolean"),
    ("template_slug", "welcome", "Input should be 'invitation' or 'waitlist_invitation'"),
    ("team", "research", "Extra inputs are not permitted"),
]


@pytest.mark.parametrize(("name", "value", "sentence"), WRONG)
def test_wrong_input_says_which_field_and_what_is_allowed(name: str, value: Any, sentence: str) -> None:
    """The one error names the field and is a sentence; what was given stands in the error's input."""
    for model in MODELS:
        if name not in model.parameters() and name != "team":
            continue
        _, wire = EVERYTHING[model]
        with pytest.raises(ValidationError) as refusal:
            model.model_validate({**wire, name: value})
        (error,) = refusal.value.errors()
        assert (error["loc"], error["msg"]) == ((name,), sentence)
        assert error["input"] == value


def test_metadata_too_deep_for_json_readers_is_refused_in_one_sentence() -> None:
    """Nesting is bounded by us, in a sentence, and not by the depth at which a library gives up."""
    for depth in (101, 300, 5000):
        inner: Any = []
        for _ in range(depth - 2):
            inner = [inner]
        with pytest.raises(ValidationError) as refusal:
            Invitation.model_validate({"email_address": "ada@example.com", "public_metadata": {"a": inner}})
        (error,) = refusal.value.errors(include_input=False)
        assert (error["loc"], error["msg"]) == (("public_metadata",), "Value error, it is nested more than 100 deep")


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
