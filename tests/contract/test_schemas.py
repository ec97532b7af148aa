"""The schemas and our validator: what they refuse and in which words; and that the models judge the same way."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from generated_items import (
    GOOD,
    MODELS,
    Item,
    Model,
    camel,
    exactly,
    good_items,
    odd_items,
    tries,
)
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError
from referencing import Registry, Resource

from clerkbulk.contract.endpoint import Lane
from clerkbulk.contract.invitation import Invitation, OrganizationInvitation
from clerkbulk.contract.json_schema import (
    SchemaName,
    body_faults,
    body_schema,
    faults,
    reply_schema,
    schema,
    validator,
)
from clerkbulk.contract.target import Application, Organization, Target

ITEM: dict[Model, SchemaName] = {
    Invitation: SchemaName.APPLICATION_ITEM,
    OrganizationInvitation: SchemaName.ORGANIZATION_ITEM,
}
PARAMS: dict[Model, SchemaName] = {
    Invitation: SchemaName.APPLICATION_PARAMS,
    OrganizationInvitation: SchemaName.ORGANIZATION_PARAMS,
}
GOOD_ITEM: Item = {"email_address": "ada@example.com"}
REPLY_ITEM: Item = {
    "object": "organization_invitation",
    "id": "orginv_2abc",
    "email_address": "ada@example.com",
    "role": "org:member",
    "public_metadata": {},
    "created_at": 1764633600000,
    "updated_at": 1764633600000,
}

both = pytest.mark.parametrize("model", MODELS)


def accepts(model: Model, document: Any) -> Item | None:
    """Return what the model makes of a document, None when it refuses it."""
    try:
        return model.model_validate(document).to_wire()
    except ValidationError:
        return None


# Models and schemas accept and refuse the same things.


@both
@tries(250)
@given(data=st.data())
def test_a_good_item_passes_model_and_schema_and_comes_out_unchanged(model: Model, data: st.DataObject) -> None:
    """What is in the form we send passes both, and the model gives it back as it was."""
    item = data.draw(good_items(model))
    assert faults(ITEM[model], item) == ()
    assert exactly(accepts(model, item)) == exactly(item)


@both
@tries(500)
@given(data=st.data())
def test_the_schema_of_an_item_accepts_exactly_what_the_model_leaves_unchanged(
    model: Model, data: st.DataObject
) -> None:
    """Whatever is done to an item, the schema accepts it if and only if the model takes it and changes nothing."""
    item = data.draw(odd_items(model))
    wire = accepts(model, item)
    unchanged = wire is not None and exactly(wire) == exactly(item)
    assert (faults(ITEM[model], item) == ()) == unchanged
    assert validator(ITEM[model]).is_valid(item) == unchanged


@both
@tries(300)
@given(data=st.data())
def test_what_a_model_accepts_it_writes_in_both_spellings_as_the_schemas_want_it(
    model: Model, data: st.DataObject
) -> None:
    """to_wire() and to_params() hold to their schemas, whatever odd document the model was made from."""
    document = data.draw(odd_items(model))
    try:
        made = model.model_validate(document)
    except ValidationError:
        return
    assert faults(ITEM[model], made.to_wire()) == ()
    assert faults(PARAMS[model], made.to_params()) == ()


@both
@tries(300)
@given(data=st.data())
def test_the_schema_of_parameters_accepts_what_the_model_accepts_in_clerks_spelling(
    model: Model, data: st.DataObject
) -> None:
    """Parameters pass if and only if the model takes them, but for space around the address and a null template."""
    item = data.draw(odd_items(model))
    params = {camel(name): value for name, value in item.items()} if isinstance(item, dict) else item
    told = accepts(model, params) is not None
    if told and (params.get("templateSlug", "") is None or padded(params["emailAddress"])):
        told = False
    assert (faults(PARAMS[model], params) == ()) == told


def padded(text: str) -> bool:
    """Whether a space or something invisible stands before or after the text."""
    return any(unicodedata.category(edge)[0] in "ZC" for edge in (text[0], text[-1]))


# Sentences.

WRONG: list[tuple[SchemaName, Any, tuple[str, ...]]] = [
    (SchemaName.APPLICATION_BODY, [], ("there are 0 items, and at least 1 must be there",)),
    (SchemaName.APPLICATION_BODY, [GOOD_ITEM] * 11, ("there are 11 items, and no more than 10 are allowed",)),
    (SchemaName.ORGANIZATION_BODY, {"data": []}, ("is an object, and a list is wanted",)),
    (SchemaName.APPLICATION_BODY, [GOOD_ITEM, "ada"], ("[1]: is 'ada', and an object is wanted",)),
    (SchemaName.ORGANIZATION_BODY, [{}], ("[0].email_address: is missing", "[0].role: is missing")),
    (
        SchemaName.ORGANIZATION_BODY,
        [*[{**GOOD_ITEM, "role": "org:member"}] * 2, GOOD_ITEM],
        ("[2].role: is missing",),
    ),
    (
        SchemaName.APPLICATION_ITEM,
        {**GOOD_ITEM, "role": "org:member"},
        (
            "role: is unknown; there are email_address, redirect_url, public_metadata, notify, ignore_existing, "
            "expires_in_days, template_slug",
        ),
    ),
    (
        SchemaName.APPLICATION_ITEM,
        {"email_address": " Ada@Example.com\n"},
        ("email_address: ' Ada@Example.com\\n' cannot be sent: it is sent as ada@example.com",),
    ),
    (
        SchemaName.APPLICATION_ITEM,
        {"email_address": "zoË@example.com"},
        ("email_address: 'zoË@example.com' cannot be sent: it is sent as zoë@example.com",),
    ),
    (
        SchemaName.APPLICATION_ITEM,
        {"email_address": "ada"},
        ("email_address: 'ada' cannot be sent: there is no @ in it",),
    ),
    (SchemaName.APPLICATION_PARAMS, {"emailAddress": "Ada@Example.com"}, ()),
    (
        SchemaName.APPLICATION_PARAMS,
        {"emailAddress": "ada@example.com\n"},
        (
            "emailAddress: 'ada@example.com\\n' cannot be sent: there is a space or something invisible around "
            "ada@example.com",
        ),
    ),
    (
        SchemaName.APPLICATION_ITEM,
        {**GOOD_ITEM, "expires_in_days": 1.0},
        ("expires_in_days: is 1.0, and a whole number is wanted",),
    ),
    (
        SchemaName.APPLICATION_ITEM,
        {**GOOD_ITEM, "expires_in_days": True},
        ("expires_in_days: is true, and a whole number is wanted",),
    ),
    (
        SchemaName.APPLICATION_PARAMS,
        {"emailAddress": "ada@example.com", "expiresInDays": "30"},
        ("expiresInDays: is '30', and a whole number or null is wanted",),
    ),
    (SchemaName.APPLICATION_ITEM, {**GOOD_ITEM, "expires_in_days": 0}, ("expires_in_days: is 0, and the least is 1",)),
    (
        SchemaName.APPLICATION_ITEM,
        {**GOOD_ITEM, "expires_in_days": 10**50},
        ("expires_in_days: is a very large number, and the most is 365",),
    ),
    (SchemaName.APPLICATION_ITEM, {**GOOD_ITEM, "notify": None}, ("notify: is null, and true or false is wanted",)),
    (
        SchemaName.APPLICATION_PARAMS,
        {"emailAddress": "ada@example.com", "templateSlug": None},
        ("templateSlug: is null, and a text is wanted",),
    ),
    (
        SchemaName.APPLICATION_ITEM,
        {**GOOD_ITEM, "template_slug": "welcome"},
        ("template_slug: is 'welcome', and only 'invitation' or 'waitlist_invitation' is allowed",),
    ),
    (
        SchemaName.APPLICATION_ITEM,
        {**GOOD_ITEM, "redirect_url": "javascript:alert(1)"},
        (
            "redirect_url: 'javascript:alert(1)' cannot be sent: javascript: links are never sent; "
            "use an address that starts with https://",
        ),
    ),
    (
        SchemaName.APPLICATION_ITEM,
        {**GOOD_ITEM, "public_metadata": {"note": "x" * 9000}},
        ("public_metadata: an object cannot be sent: it takes 9,011 bytes as JSON, and Clerk takes 8,192 (8 KB)",),
    ),
    (
        SchemaName.ORGANIZATION_ITEM,
        {**GOOD_ITEM, "role": "org:member", "inviter_user_id": "user_2abc\n"},
        ("inviter_user_id: is 'user_2abc\\n', which has not the form ^user_[A-Za-z0-9]+$",),
    ),
    (
        SchemaName.ORGANIZATION_ITEM,
        {**GOOD_ITEM, "role": "\ud800"},
        ("role: '\\ud800' holds half a character (a lone surrogate), which no JSON text can carry",),
    ),
    (
        SchemaName.APPLICATION_REPLY_ITEM,
        {**REPLY_ITEM, "status": "pending"},
        ("object: is 'organization_invitation', and only 'invitation' is allowed",),
    ),
    (SchemaName.ORGANIZATION_REPLY, [REPLY_ITEM], ("is a list, and an object is wanted",)),
    (
        SchemaName.ERRORS,
        {"errors": [{}]},
        tuple(f"errors[0].{name}: is missing" for name in ("code", "message", "long_message")),
    ),
]


@pytest.mark.parametrize(("name", "document", "sentences"), WRONG)
def test_a_fault_says_where_and_what_is_wanted(name: SchemaName, document: Any, sentences: tuple[str, ...]) -> None:
    """Every fault is a sentence with its place; one cause makes one sentence."""
    assert faults(name, document) == sentences
    assert validator(name).is_valid(document) == (not sentences)


def test_a_fault_never_quotes_the_document() -> None:
    """Objects and lists are not shown, and of a long text only its beginning, without line ends."""
    document = [
        {"email_address": ["private"], "role": "private " * 50 + "end", "public_metadata": ["private"], "a\nb" * 40: 1}
    ]
    sentences = faults(SchemaName.ORGANIZATION_BODY, document)
    assert sentences[1:] == (
        "[0].email_address: is a list, and a text is wanted",
        "[0].role: is 'private private private private private private private p...', "
        "which has not the form ^[^\\s\\u200b-\\u200f\\u2060\\ufeff]+$",
        "[0].public_metadata: is a list, and an object is wanted",
    )
    assert sentences[0].startswith("[0].a\\nba\\nba\\nb")
    assert "end" not in "".join(sentences)


# Replies: lenient to what we can do without.


@pytest.mark.parametrize(
    ("name", "document"),
    [
        (SchemaName.APPLICATION_REPLY, []),
        (SchemaName.ORGANIZATION_REPLY, {"data": [REPLY_ITEM]}),
        (SchemaName.ORGANIZATION_REPLY, {"data": [{**REPLY_ITEM, "new": 1}], "total_count": 1, "new": {}}),
        (
            SchemaName.ORGANIZATION_REPLY_ITEM,
            {**REPLY_ITEM, "inviter_id": None, "public_inviter_data": None, "url": None},
        ),
        (SchemaName.ORGANIZATION_REPLY_ITEM, {**REPLY_ITEM, "public_inviter_data": {"user_id": "user_2abc"}}),
        (SchemaName.ERRORS, {"errors": [], "new": 1}),
        (SchemaName.ERRORS, {"errors": [{"code": "a", "message": "b", "long_message": "c", "meta": {"new": 1}}]}),
    ],
)
def test_a_reply_may_have_more_fields_than_we_know_and_lack_late_ones(name: SchemaName, document: Any) -> None:
    """Fields that Clerk added late, or may add, do not make a reply faulty."""
    assert faults(name, document) == ()


# The files.


@pytest.mark.parametrize("name", list(SchemaName))
def test_a_schema_is_valid_by_the_draft_it_names_and_explains_itself(name: SchemaName) -> None:
    """Every file is a 2020-12 schema with an own $id, a title, a description, and examples that hold to it."""
    content = schema(name)
    Draft202012Validator.check_schema(content)
    assert content["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert content["$id"] == f"urn:clerkbulk:schema:{name}"
    assert content["title"]
    assert content["description"]
    for example in content.get("examples", []):
        assert faults(name, example) == ()


def test_there_is_a_name_for_every_schema_file_and_a_file_for_every_name() -> None:
    """No schema lies about unnamed."""
    folder = Path(__file__).resolve().parents[2] / "schemas"
    assert {path.stem for path in folder.glob("*.json")} == {name.value for name in SchemaName}


def test_the_examples_of_fields_hold_to_their_fields() -> None:
    """What fields.json gives as an example may be sent."""
    for name, field in schema(SchemaName.FIELDS)["$defs"].items():
        for example in field.get("examples", []):
            model: Model = OrganizationInvitation if name in {"role", "user_id"} else Invitation
            wire_name = {"address": "email_address", "address_as_sent": "email_address", "user_id": "inviter_user_id"}
            document = {"email_address": "ada@example.com", "role": "org:member", wire_name.get(name, name): example}
            document = {key: value for key, value in document.items() if key in model.parameters()}
            if name == "address":
                assert faults(PARAMS[model], {camel(key): value for key, value in document.items()}) == ()
            else:
                assert faults(ITEM[model], document) == ()


@both
@tries(100)
@given(data=st.data())
def test_any_2020_12_validator_can_use_the_files_as_they_are(model: Model, data: st.DataObject) -> None:
    """With all files registered, a validator without our formats finds every reference and takes good items."""
    registry: Registry[Any] = Registry().with_resources(
        (schema(name)["$id"], Resource.from_contents(schema(name))) for name in SchemaName
    )
    plain = Draft202012Validator(schema(ITEM[model]), registry=registry)
    item = data.draw(good_items(model))
    assert plain.is_valid(item)
    assert not plain.is_valid({**item, "unknown": 1})
    assert not plain.is_valid({**item, "notify": None})
    assert not plain.is_valid({**item, "email_address": "ADA@example.com"})
    assert not plain.is_valid({**item, "expires_in_days": 366})


def test_a_schema_handed_out_is_the_callers_own() -> None:
    """Changing the dictionary that schema() returns changes nobody else's."""
    schema(SchemaName.APPLICATION_ITEM)["properties"].clear()
    assert "email_address" in schema(SchemaName.APPLICATION_ITEM)["properties"]
    assert faults(SchemaName.APPLICATION_ITEM, GOOD_ITEM) == ()


@both
def test_schemas_and_models_know_the_same_parameters(model: Model) -> None:
    """Wire names are the model's fields, parameters their camelCase; the same are required."""
    wire, params = schema(ITEM[model]), schema(PARAMS[model])
    assert set(wire["properties"]) == set(model.parameters())
    assert set(params["properties"]) == {camel(name) for name in model.parameters()}
    assert set(params["required"]) == {camel(name) for name in wire["required"]}
    assert set(wire["required"]) == {name for name, field in model.model_fields.items() if field.is_required()}
    assert set(model.parameters()) <= set(GOOD)


@pytest.mark.parametrize(
    ("target", "lane", "body", "reply"),
    [
        (Application(), Lane.BULK, SchemaName.APPLICATION_BODY, SchemaName.APPLICATION_REPLY),
        (Application(), Lane.SINGLE, SchemaName.APPLICATION_ITEM, SchemaName.APPLICATION_REPLY_ITEM),
        (Organization("org_2abc"), Lane.BULK, SchemaName.ORGANIZATION_BODY, SchemaName.ORGANIZATION_REPLY),
        (Organization("org_2abc"), Lane.SINGLE, SchemaName.ORGANIZATION_ITEM, SchemaName.ORGANIZATION_REPLY_ITEM),
    ],
)
def test_every_call_has_a_schema_for_its_body_and_for_its_reply(
    target: Target, lane: Lane, body: SchemaName, reply: SchemaName
) -> None:
    """Bulk lanes carry lists; single lanes one item."""
    assert body_schema(target, lane) is body
    assert reply_schema(target, lane) is reply
    item = {**GOOD_ITEM, "role": "org:member"} if isinstance(target, Organization) else GOOD_ITEM
    assert body_faults(target, [item] if lane is Lane.BULK else item, lane) == ()
    assert body_faults(target, item if lane is Lane.BULK else [item], lane) != ()


def test_importing_the_module_does_not_load_jsonschema() -> None:
    """It takes its time to import, so it is loaded when the first document is checked."""
    code = "import sys, json, clerkbulk.contract.json_schema; print(json.dumps('jsonschema' in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) is False
