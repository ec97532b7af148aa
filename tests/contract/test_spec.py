"""Our schemas beside Clerk's own OpenAPI document, field by field and by drawn examples; skipped if it is not there."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from generated_items import GOOD, JSON_VALUES, Item, camel, tries
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from clerkbulk.contract.endpoint import (
    APPLICATION_BULK,
    ENDPOINTS,
    ORGANIZATION_BULK,
    Endpoint,
    Lane,
)
from clerkbulk.contract.invitation import Invitation
from clerkbulk.contract.json_schema import SchemaName, body_schema, faults, reply_schema, schema
from clerkbulk.contract.target import Application, Organization, Target

SPEC = Path(__file__).resolve().parents[3] / "shared" / "openapi" / "clerk-invitations.openapi.yml"

pytestmark = pytest.mark.skipif(not SPEC.exists(), reason="Clerk's OpenAPI document is not beside this checkout")
each_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.operation)

MISSING = "(not stated)"
OWN_RULES = {"format", "pattern", "minLength", "maxLength"}
"""Keywords that are ours alone: Clerk states no form for any text, and no size of metadata."""

INTENDED: dict[tuple[str, str], dict[str, tuple[Any, Any]]] = {
    # operation, parameter -> keyword -> (Clerk's document, our schema of parameters)
    ("CreateBulkInvitations", "expires_in_days"): {"default": (MISSING, 30)},  # there in the text of the description
    ("CreateOrganizationInvitationBulk", "expires_in_days"): {"default": (MISSING, 30)},
    ("CreateOrganizationInvitationBulk", "*"): {"additionalProperties": (MISSING, False)},  # open; we send nothing else
    # The parameters are those of the bulk calls. For a single call of the application Clerk allows less to be null.
    ("CreateInvitation", "expires_in_days"): {"default": (MISSING, 30)},
    ("CreateInvitation", "public_metadata"): {"nullable": (False, True)},
    ("CreateInvitation", "redirect_url"): {"nullable": (False, True)},
    ("CreateInvitation", "template_slug"): {"default": (MISSING, "invitation")},
    ("CreateOrganizationInvitation", "expires_in_days"): {"default": (MISSING, 30)},
    ("CreateOrganizationInvitation", "*"): {"additionalProperties": (MISSING, False)},
}

REPLY_INTENDED: dict[str, dict[str, Any]] = {
    # What Clerk requires of a reply and we do without, because it came late or is no use; and the other way round.
    "Invitation": {"not required": set(), "more": set()},
    "OrganizationInvitation": {
        "not required": {"role_name", "inviter_id", "public_inviter_data", "url", "expires_at"},
        "more": {"public_organization_data"},  # in the lists over the whole instance only
    },
}


# Clerk's document as JSON Schema.


@functools.cache
def spec() -> dict[str, Any]:
    """Return the document."""
    loaded: dict[str, Any] = yaml.safe_load(SPEC.read_text("utf-8"))
    return loaded


def as_json_schema(part: Any) -> Any:
    """Turn an OpenAPI 3.0 schema into a JSON Schema: references put in place, nullable into the type, samples out."""
    if isinstance(part, list):
        return [as_json_schema(each) for each in part]
    if not isinstance(part, dict):
        return part
    if reference := part.get("$ref"):
        found: Any = spec()
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        return as_json_schema(found)
    turned = {
        keyword: {name: as_json_schema(inner) for name, inner in value.items()}
        if keyword == "properties"
        else as_json_schema(value)
        for keyword, value in part.items()
        if keyword not in {"nullable", "example", "description", "format"} and not keyword.startswith("x-")
    }
    if part.get("nullable"):
        turned["type"] = [part["type"], "null"]
        if "enum" in part:
            turned["enum"] = [*part["enum"], None]
    return turned


@functools.cache
def operation(operation_id: str) -> dict[str, Any]:
    """Return an operation by its id."""
    for methods in spec()["paths"].values():
        for described in methods.values():
            if isinstance(described, dict) and described.get("operationId") == operation_id:
                return described
    raise LookupError(operation_id)


def clerks_body(endpoint: Endpoint) -> dict[str, Any]:
    """Return Clerk's schema of a body."""
    described = operation(endpoint.operation)["requestBody"]["content"]["application/json"]["schema"]
    turned: dict[str, Any] = as_json_schema(described)
    return turned


def clerks_item(endpoint: Endpoint) -> dict[str, Any]:
    """Return Clerk's schema of one item of a body."""
    body = clerks_body(endpoint)
    item: dict[str, Any] = body["items"] if endpoint.lane is Lane.BULK else body
    return item


def clerks_reply(endpoint: Endpoint) -> dict[str, Any]:
    """Return Clerk's schema of a successful reply."""
    response = as_json_schema(operation(endpoint.operation)["responses"]["200"])
    reply: dict[str, Any] = response["content"]["application/json"]["schema"]
    return reply


def target_of(endpoint: Endpoint) -> Target:
    """Return somewhere the endpoint may invite to."""
    return Application() if endpoint.item is Invitation else Organization("org_2abc")


def our_params(endpoint: Endpoint) -> dict[str, Any]:
    """Return our schema of one invitation's parameters with the shared fields put in place."""
    name = SchemaName.APPLICATION_PARAMS if endpoint.item is Invitation else SchemaName.ORGANIZATION_PARAMS
    fields = schema(SchemaName.FIELDS)["$defs"]
    params = schema(name)
    for parameter, described in params["properties"].items():
        params["properties"][parameter] = {**fields[described.pop("$ref").rpartition("/")[2]], **described}
    return params


# Field by field.


def facts(described: dict[str, Any], required: bool) -> dict[str, Any]:
    """Return what a schema says of one field, in one vocabulary for both documents."""
    types = described["type"] if isinstance(described["type"], list) else [described["type"]]
    return {
        "type": [each for each in types if each != "null"],
        "nullable": "null" in types,
        "required": required,
        **{keyword: described.get(keyword, MISSING) for keyword in ("enum", "minimum", "maximum", "default")},
    }


def differences(endpoint: Endpoint) -> Iterator[tuple[str, dict[str, tuple[Any, Any]]]]:
    """Yield each parameter on which the two documents differ, with what each says."""
    clerks, ours = clerks_item(endpoint), our_params(endpoint)
    openness = clerks.get("additionalProperties", MISSING), ours["additionalProperties"]
    if openness[0] != openness[1]:
        yield "*", {"additionalProperties": openness}
    for name, described in clerks["properties"].items():
        theirs = facts(described, name in clerks["required"])
        own = facts(ours["properties"][camel(name)], camel(name) in ours["required"])
        differing = {word: (theirs[word], own[word]) for word in theirs if theirs[word] != own[word]}
        if differing:
            yield name, differing


@each_endpoint
def test_parameters_differ_from_clerks_document_only_where_we_mean_to(endpoint: Endpoint) -> None:
    """Names, types, nullability, enums, bounds, defaults are Clerk's; the table holds every exception."""
    assert set(our_params(endpoint)["properties"]) == {camel(name) for name in clerks_item(endpoint)["properties"]}
    intended = {parameter: words for (where, parameter), words in INTENDED.items() if where == endpoint.operation}
    assert dict(differences(endpoint)) == intended


@each_endpoint
def test_what_we_ask_beyond_clerks_document_is_the_form_of_texts_and_the_size_of_metadata(endpoint: Endpoint) -> None:
    """Own rules stand on addresses, URLs, roles, user ids and metadata, and on nothing else."""
    own = {name for name, described in our_params(endpoint)["properties"].items() if OWN_RULES & described.keys()}
    assert own == {
        camel(name)
        for name, described in clerks_item(endpoint)["properties"].items()
        if {"string", "object"} & set(facts(described, False)["type"]) and "enum" not in described
    }
    assert not any(OWN_RULES & described.keys() for described in clerks_item(endpoint)["properties"].values())


@pytest.mark.parametrize("endpoint", [APPLICATION_BULK, ORGANIZATION_BULK], ids=lambda endpoint: endpoint.operation)
def test_a_bulk_body_holds_as_many_items_as_clerk_says(endpoint: Endpoint) -> None:
    """Both documents want a bare array of 1 to 10."""
    clerks, ours = clerks_body(endpoint), schema(body_schema(target_of(endpoint)))
    bounds = [(each["type"], each["minItems"], each["maxItems"]) for each in (clerks, ours)]
    assert bounds == [("array", 1, 10), ("array", 1, 10)]
    assert endpoint.most_per_call == 10


@each_endpoint
def test_the_path_is_clerks(endpoint: Endpoint) -> None:
    """The call we make is the one that carries the operation's id."""
    assert spec()["paths"][endpoint.path.removeprefix("/v1")]["post"]["operationId"] == endpoint.operation


# By drawn examples.


def well_formed(endpoint: Endpoint) -> st.SearchStrategy[Item]:
    """Return items made from Clerk's document: its bounds and enums, our form of texts, nothing null."""
    item = clerks_item(endpoint)
    drawn = {
        name: GOOD[name]
        if {"string", "object"} & set(facts(described, False)["type"])
        else drawn_from(described, False)
        for name, described in item["properties"].items()
    }
    return st.fixed_dictionaries(
        {name: drawn[name] for name in item["required"]},
        optional={name: each for name, each in drawn.items() if name not in item["required"]},
    )


def drawn_from(described: dict[str, Any], nullable: bool = True) -> st.SearchStrategy[Any]:
    """Return documents that hold to a schema of Clerk's."""
    if "allOf" in described:
        raise LookupError("no schema compared here is put together with allOf")
    if "enum" in described:
        return st.sampled_from(described["enum"])
    types = described["type"] if isinstance(described["type"], list) else [described["type"]]
    return st.one_of(*(_drawn_as(kind, described) for kind in types if nullable or kind != "null"))


def _drawn_as(kind: str, described: dict[str, Any]) -> st.SearchStrategy[Any]:
    match kind:
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(described.get("minimum", -(2**63)), described.get("maximum", 2**63 - 1))
        case "string":
            return st.text(max_size=10)
        case "array":
            return st.lists(drawn_from(described["items"]), max_size=described.get("maxItems", 3))
        case "object" if "properties" in described:
            drawn = {name: drawn_from(inner) for name, inner in described["properties"].items()}
            must = described.get("required", [])
            return st.fixed_dictionaries(
                {name: drawn[name] for name in must},
                optional={name: each for name, each in drawn.items() if name not in must},
            )
        case "object":
            return st.dictionaries(st.text(max_size=5), JSON_VALUES, max_size=3)
        case _:
            raise LookupError(kind)


@each_endpoint
@tries(80)
@given(data=st.data())
def test_what_our_schema_lets_out_clerks_document_accepts_and_the_reverse(
    endpoint: Endpoint, data: st.DataObject
) -> None:
    """Bodies of well-formed items, null left out, pass both documents, for both lanes of both targets."""
    items = data.draw(st.lists(well_formed(endpoint), min_size=1, max_size=endpoint.most_per_call))
    body = items if endpoint.lane is Lane.BULK else items[0]
    assert Draft202012Validator(clerks_body(endpoint)).is_valid(body)
    assert faults(body_schema(target_of(endpoint), endpoint.lane), body) == ()


@each_endpoint
@tries(80)
@given(data=st.data())
def test_whatever_our_schema_accepts_clerks_document_accepts(endpoint: Endpoint, data: st.DataObject) -> None:
    """We are never more generous than Clerk: an odd item that passes ours passes Clerk's."""
    item = data.draw(well_formed(endpoint))
    for name in data.draw(st.lists(st.sampled_from(sorted(GOOD)), max_size=2)):
        item[name] = data.draw(JSON_VALUES | GOOD[name])
    if faults(body_schema(target_of(endpoint), Lane.SINGLE), item) == ():
        assert Draft202012Validator(clerks_item(endpoint)).is_valid(item)


@each_endpoint
@tries(80)
@given(data=st.data())
def test_a_reply_that_holds_to_clerks_document_holds_to_our_schema(endpoint: Endpoint, data: st.DataObject) -> None:
    """Every reply that Clerk promises is one we expect."""
    reply = data.draw(drawn_from(clerks_reply(endpoint)))
    assert Draft202012Validator(clerks_reply(endpoint)).is_valid(reply)
    assert faults(reply_schema(target_of(endpoint), endpoint.lane), reply) == ()


@tries(100)
@given(data=st.data())
def test_an_error_that_holds_to_clerks_document_holds_to_our_schema(data: st.DataObject) -> None:
    """The envelope is Clerk's; only the few meta keys that we read have a type with us."""
    described = as_json_schema(spec()["components"]["schemas"]["ClerkErrors"])
    assert faults(SchemaName.ERRORS, data.draw(drawn_from(described))) == ()


@pytest.mark.parametrize(
    ("component", "name"),
    [
        ("Invitation", SchemaName.APPLICATION_REPLY_ITEM),
        ("OrganizationInvitation", SchemaName.ORGANIZATION_REPLY_ITEM),
    ],
)
def test_replies_differ_from_clerks_document_only_where_we_mean_to(component: str, name: SchemaName) -> None:
    """The same fields, of which we require fewer, and open to more; the table holds which."""
    clerks, ours = as_json_schema(spec()["components"]["schemas"][component]), schema(name)
    assert set(ours["properties"]) - set(clerks["properties"]) == REPLY_INTENDED[component]["more"]
    assert set(clerks["properties"]) <= set(ours["properties"])
    assert set(clerks["required"]) - set(ours["required"]) == REPLY_INTENDED[component]["not required"]
    assert set(ours["required"]) <= set(clerks["required"])
    assert clerks["additionalProperties"] is False
    assert "additionalProperties" not in ours


@pytest.mark.parametrize(
    ("component", "name"),
    [
        ("Invitation", SchemaName.APPLICATION_REPLY_ITEM),
        ("OrganizationInvitation", SchemaName.ORGANIZATION_REPLY_ITEM),
        ("ClerkErrors", SchemaName.ERRORS),
    ],
)
def test_our_examples_of_replies_hold_to_clerks_document(component: str, name: SchemaName) -> None:
    """What we show as a reply is one that Clerk could give."""
    (example,) = schema(name)["examples"]
    assert Draft202012Validator(as_json_schema(spec()["components"]["schemas"][component])).is_valid(example)


def test_every_intended_difference_is_about_a_call_we_make() -> None:
    """The table holds nothing that no comparison looks at."""
    parameters = {(each.operation, name) for each in ENDPOINTS for name in (*each.item.parameters(), "*")}
    assert INTENDED.keys() <= parameters
