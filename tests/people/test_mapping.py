"""Mapping: which column feeds which parameter, what is said about it, and what is refused in which words."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkbulk.contract.target import Application, Organization, Target
from clerkbulk.errors import InputError
from clerkbulk.people.mapping import Mapping, map_columns
from clerkbulk.people.table import Row, Source, Table

APPLICATION = Application()
ORGANIZATION = Organization("org_2abc")


def table(**columns: list[Any]) -> Table:
    """Make a table from columns; Python names stand for headers, so headers with blanks come as a dictionary."""
    names = tuple(columns)
    rows = [Row(line, cells) for line, cells in enumerate(zip(*columns.values(), strict=True), 2)]
    return Table(names, rows, Source("people.csv", "csv"))


def people(**columns: list[Any]) -> Table:
    """Make a table of two people who have addresses."""
    return table(email_address=["ada@example.com", "bob@example.com"], **columns)


def feeds(mapping: Mapping) -> list[tuple[str, str, str | None, str]]:
    return [(feed.parameter, feed.column, feed.key, feed.confidence.value) for feed in mapping.feeds]


# The address


@pytest.mark.parametrize(
    ("columns", "chosen", "confidence"),
    [
        ({"Name": ["Ada"], "email_address": ["a@example.com"], "E-Mail": ["b@example.com"]}, "email_address", "exact"),
        ({"Name": ["Ada"], "E-Mail": ["a@example.com"]}, "E-Mail", "synonym"),
        ({"Private E-Mail": ["a@example.com"], "Work E-Mail": ["b@example.com"]}, "Work E-Mail", "synonym"),
        ({"email 2": ["a@example.com"], "email": ["b@example.com"]}, "email", "synonym"),
        ({"manager email": ["a@example.com"], "email": ["b@example.com"]}, "email", "synonym"),
        ({"Name": ["Ada"], "Emial": ["a@example.com"]}, "Emial", "typo"),
        ({"Emial": ["a@example.com"], "Private email": ["b@example.com"]}, "Emial", "typo"),
        ({"Name": ["Ada"], "Login": ["a@example.com"]}, "Login", "content"),
        ({"Name": ["Ada"], "Courier": ["DHL"], "Login": ["a@example.com"]}, "Login", "content"),
        ({"Email": [""], "Login": ["a@example.com"]}, "Login", "content"),
        ({"Mail": ["by post"], "Login": ["a@example.com"]}, "Login", "content"),
        ({"Mail": ["by post"], "Name": ["Ada"]}, "Mail", "synonym"),
        ({"email_address": ["broken"], "Login": ["a@example.com"]}, "email_address", "exact"),
        ({"Twitter": ["@ada"], "Login": ["a@example.com"]}, "Login", "content"),
        ({"Email": ["a@example.com", "", "", ""], "Work email": ["w@example.com"] * 4}, "Work email", "synonym"),
        ({"Email": ["a@example.com"] * 3 + [""], "Work email": ["w@example.com"] * 4}, "Email", "synonym"),
        ({"Login": ["a@example.com", "bob", "c@example.com"], "Name": ["A", "B", "C"]}, "Login", "content"),
        ({"E-Mail": [], "Name": []}, "E-Mail", "synonym"),
    ],
)
def test_the_column_of_addresses_is_chosen_as_a_careful_person_would(
    columns: dict[str, list[Any]], chosen: str, confidence: str
) -> None:
    """Its own name decides, then plain words, then work, and never a column without addresses beside one with them."""
    mapping = map_columns(table(**columns), APPLICATION)
    assert feeds(mapping) == [("email_address", chosen, None, confidence)]
    assert mapping.unused == tuple(name for name in columns if name != chosen)


def test_several_columns_of_addresses_are_named_with_the_way_to_say_otherwise() -> None:
    """Nobody is invited at the wrong address without having been told."""
    columns = {"Private E-Mail": ["a@example.org"], "Work E-Mail": ["a@example.com"], "Manager": ["m@example.com"]}
    assert map_columns(table(**columns), APPLICATION).notes == (
        "Column `Work E-Mail` feeds email_address (synonym).",
        "`Private E-Mail` and `Manager` hold addresses too and `Work E-Mail` was chosen; "
        "to use another: --map 'email_address=Private E-Mail'.",
    )


def test_a_column_found_by_its_cells_is_said_to_be() -> None:
    """A guess from content alone is shown as one."""
    assert map_columns(table(Login=["a@example.com"], Name=["Ada"]), APPLICATION).notes == (
        "Column `Login` feeds email_address (content): no header says so, but its cells hold addresses.",
    )


HOW = '--map email_address=COLUMN (in Python: columns={"email_address": "COLUMN"})'


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (
            {"Name": ["Ada"], "Team": ["core"]},
            "No column could be the addresses; the columns are `Name` and `Team`. "
            f"Say which one holds them with {HOW}.",
        ),
        (
            {"Name": ["Ada"], "Manager Email": ["m@example.com"]},
            "No column could be the addresses; the columns are `Name` and `Manager Email`. "
            f"Say which one holds them with {HOW}. "
            "`Manager Email` holds addresses, but its name says that they are somebody else's.",
        ),
        (
            {"Login": ["a@example.com"], "Kontakt": ["b@example.com"]},
            f"`Login` and `Kontakt` hold addresses and no header decides: say which one with {HOW}.",
        ),
        ({}, "The table has no columns, so there is nobody to invite."),
    ],
)
def test_without_a_column_of_addresses_the_columns_are_named(columns: dict[str, list[Any]], sentence: str) -> None:
    """The sentence names what was found and says how to go on."""
    with pytest.raises(InputError) as caught:
        map_columns(table(**columns), APPLICATION)
    assert str(caught.value) == sentence


def test_a_column_is_judged_by_rows_from_all_over_the_table() -> None:
    """A table that starts with thousands of blank cells is still understood."""
    late = [""] * 9000 + ["a@example.com"] * 1000
    mapping = map_columns(table(Name=["x"] * 10_000, Login=late), APPLICATION)
    assert feeds(mapping) == [("email_address", "Login", None, "content")]


# The other parameters


@pytest.mark.parametrize(
    ("header", "cells", "target", "feed"),
    [
        ("Role", ["org:member", "org:admin"], ORGANIZATION, ("role", "Role", None, "synonym")),
        ("ROLE", ["member", "Admin"], ORGANIZATION, ("role", "ROLE", None, "synonym")),
        ("Rolle", ["basic_member", ""], ORGANIZATION, ("role", "Rolle", None, "synonym")),
        ("role", ["Engineer", "CEO"], ORGANIZATION, ("role", "role", None, "exact")),
        ("Notify", ["ja", "nein"], APPLICATION, ("notify", "Notify", None, "synonym")),
        ("Notfy", ["yes", "no"], APPLICATION, ("notify", "Notfy", None, "typo")),
        ("notify", ["later", "no"], APPLICATION, ("notify", "notify", None, "exact")),
        ("Ignore existing", ["x", ""], APPLICATION, ("ignore_existing", "Ignore existing", None, "synonym")),
        ("Expires", ["30", "7.0"], ORGANIZATION, ("expires_in_days", "Expires", None, "synonym")),
        ("Gültigkeit (Tage)", ["30", "7"], APPLICATION, ("expires_in_days", "Gültigkeit (Tage)", None, "synonym")),
        ("Redirect", ["https://example.com/a", ""], APPLICATION, ("redirect_url", "Redirect", None, "synonym")),
        ("redirectUrl", ["", ""], APPLICATION, ("redirect_url", "redirectUrl", None, "exact")),
        ("Template", ["invitation", ""], APPLICATION, ("template_slug", "Template", None, "synonym")),
        ("Invited by", ["user_2abc", ""], ORGANIZATION, ("inviter_user_id", "Invited by", None, "synonym")),
        ("Metadata", ['{"a": 1}', ""], APPLICATION, ("public_metadata", "Metadata", None, "synonym")),
        ("public_metadata", ["core", ""], APPLICATION, ("public_metadata", "public_metadata", None, "exact")),
        ("privateMetadata", [{"a": 1}, None], ORGANIZATION, ("private_metadata", "privateMetadata", None, "exact")),
        ("public_metadata.team", ["a", ""], APPLICATION, ("public_metadata", "public_metadata.team", "team", "exact")),
        ("publicMetadata.Team", ["a", ""], APPLICATION, ("public_metadata", "publicMetadata.Team", "Team", "exact")),
        ("metadata.my_Key", ["a", ""], APPLICATION, ("public_metadata", "metadata.my_Key", "my_Key", "synonym")),
        ("Public Metadata.a b", ["a", ""], APPLICATION, ("public_metadata", "Public Metadata.a b", "a b", "synonym")),
        ("private_metadata.x", [1, 2], ORGANIZATION, ("private_metadata", "private_metadata.x", "x", "exact")),
    ],
)
def test_a_header_that_its_cells_back_feeds_a_parameter(
    header: str, cells: list[Any], target: Target, feed: tuple[str, ...]
) -> None:
    """Own names always map; other words do when the cells look right; metadata keys are never respelled."""
    assert feed in feeds(map_columns(people(**{header: cells}), target))


UNBACKED = "Column `{0}` sounds like {1}, but {2}, so it is not sent; to use it: --map {1}={0}."
FOREIGN = "Column `{}` is not sent: {} exists only for invitations to {}."


@pytest.mark.parametrize(
    ("header", "cells", "target", "notes"),
    [
        ("Role", ["Engineer", "CEO"], ORGANIZATION, ["role", "its cells do not look like it ('Engineer')"]),
        ("Role", ["", None], ORGANIZATION, ["role", "it is empty"]),
        ("Notification", ["weekly", "no"], APPLICATION, ["notify", "its cells do not look like it ('weekly')"]),
        (
            "Expires",
            ["2026-01-31", "7"],
            APPLICATION,
            ["expires_in_days", "its cells do not look like it ('2026-01-31')"],
        ),
        ("Template", ["A", "B"], APPLICATION, ["template_slug", "its cells do not look like it ('A')"]),
        ("Inviter", ["Grace", "Grace"], ORGANIZATION, ["inviter_user_id", "its cells do not look like it ('Grace')"]),
        ("Meta", ["x", "y"], APPLICATION, ["public_metadata", "its cells do not look like it ('x')"]),
    ],
)
def test_a_header_alone_is_not_believed(header: str, cells: list[Any], target: Target, notes: list[str]) -> None:
    """A column of job titles never becomes a role; the note says how to insist."""
    mapping = map_columns(people(**{header: cells}), target)
    assert mapping.unused == (header,)
    assert mapping.notes == (UNBACKED.format(header, *notes),)


@pytest.mark.parametrize("header", ["Name", "First name", "Title", "Position", "Job title", "Team", "Department", "Id"])
def test_what_people_also_keep_in_such_tables_feeds_nothing(header: str) -> None:
    """Nothing that was not meant for Clerk is sent to Clerk, not even cells that look like roles."""
    mapping = map_columns(people(**{header: ["admin", "member"]}), ORGANIZATION)
    assert (mapping.unused, mapping.notes) == ((header,), ())


@pytest.mark.parametrize(
    ("header", "cells", "parameter", "target"),
    [
        ("role", ["org:member", "CEO"], "role", APPLICATION),
        ("Rolle", ["org:member", ""], "role", APPLICATION),
        ("private_metadata.x", ["", "y"], "private_metadata", APPLICATION),
        ("inviter_user_id", ["user_2abc", ""], "inviter_user_id", APPLICATION),
        ("ignore_existing", ["yes", ""], "ignore_existing", ORGANIZATION),
    ],
)
def test_a_filled_column_for_the_other_endpoint_is_not_sent_and_not_only_noted(
    header: str, cells: list[Any], parameter: str, target: Target
) -> None:
    """A guess never sends a parameter that the endpoint does not have; whoever filled the column had it in mind."""
    mapping = map_columns(people(**{header: cells}), target)
    assert (mapping.unused, mapping.notes, mapping.foreign) == ((header,), (), ((header, parameter),))
    silenced = map_columns(people(**{header: cells}), target, columns={parameter: ""})
    assert (silenced.unused, silenced.notes, silenced.foreign) == ((header,), (), ())


@pytest.mark.parametrize(
    ("header", "cells", "target", "notes"),
    [
        ("role", ["Engineer", "CEO"], APPLICATION, (FOREIGN.format("role", "role", "organizations"),)),
        ("Role", ["Engineer", "CEO"], APPLICATION, ()),
        (
            "private_metadata.x",
            ["", ""],
            APPLICATION,
            (FOREIGN.format("private_metadata.x", "private_metadata", "organizations"),),
        ),
        ("templateSlug", ["", ""], ORGANIZATION, (FOREIGN.format("templateSlug", "template_slug", "the application"),)),
    ],
)
def test_a_column_for_the_other_endpoint_in_which_nothing_of_the_kind_stands_is_noted(
    header: str, cells: list[Any], target: Target, notes: tuple[str, ...]
) -> None:
    """A column of job titles is no reason to think of another target."""
    mapping = map_columns(people(**{header: cells}), target)
    assert (mapping.unused, mapping.notes, mapping.foreign) == ((header,), notes, ())


def test_the_surest_of_several_columns_is_chosen_and_the_others_are_named() -> None:
    """The own name before a synonym; what was not chosen is said."""
    mapping = map_columns(people(Expiry=["7", "7"], expires_in_days=["30", "30"]), APPLICATION)
    assert feeds(mapping)[1:] == [("expires_in_days", "expires_in_days", None, "exact")]
    assert mapping.unused == ("Expiry",)
    assert mapping.notes == (
        "Column `Expiry` could be expires_in_days too and `expires_in_days` was chosen; "
        "to use the other: --map expires_in_days=Expiry.",
    )


def test_two_headers_for_one_metadata_key_do_not_both_feed_it() -> None:
    """The own name is surer, wherever it stands."""
    mapping = map_columns(people(**{"metadata.team": ["a", "b"], "publicMetadata.team": ["c", "d"]}), APPLICATION)
    assert feeds(mapping)[1:] == [("public_metadata", "publicMetadata.team", "team", "exact")]
    assert mapping.unused == ("metadata.team",)
    assert mapping.notes == (
        "`publicMetadata.team` and `metadata.team` mean the same key: `publicMetadata.team` was chosen.",
    )


# The whole


def test_the_mapping_shows_itself_as_json() -> None:
    """What `check --format json` prints under "mapping"."""
    mapping = map_columns(
        people(**{"public_metadata.team": ["a", "b"], "Name": ["Ada", "Bob"]}),
        ORGANIZATION,
        defaults={"role": "org:member"},
    )
    assert mapping.to_json() == {
        "target": {"kind": "organization", "organization_id": "org_2abc"},
        "columns": [
            {"parameter": "email_address", "column": "email_address", "key": None, "confidence": "exact"},
            {"parameter": "public_metadata", "column": "public_metadata.team", "key": "team", "confidence": "exact"},
        ],
        "defaults": {"role": "org:member"},
        "unused": ["Name"],
        "notes": [],
    }
    assert map_columns(people(), APPLICATION).to_json()["target"] == {"kind": "application"}
    assert json.loads(json.dumps(mapping.to_json())) == mapping.to_json()


def test_a_mapping_travels_to_another_process() -> None:
    """Checks of large files are spread over processes."""
    mapping = map_columns(people(Team=["a", "b"]), APPLICATION, metadata=["Team"], defaults={"notify": "no"})
    assert pickle.loads(pickle.dumps(mapping)) == mapping  # noqa: S301 - our own bytes


HEADERS = st.sampled_from(
    [
        *(
            "email",
            "Email 2",
            "Private E-Mail",
            "Name",
            "Role",
            "role",
            "notify",
            "Notify",
            "Expires",
            "metadata",
            "Login",
        ),
        *(
            "metadata.a",
            "public_metadata.a",
            "public_metadata.b.c",
            "private_metadata.a",
            "Emial",
            "redirectUrl",
            "Meta",
        ),
    ]
)
CELLS = st.sampled_from(["", None, "a@example.com", "org:member", "yes", "30", '{"a": 1}', "Ada", 7, True, {"b": 2}])


@given(
    st.dictionaries(HEADERS, st.lists(CELLS, min_size=3, max_size=3), max_size=6),
    st.sampled_from([APPLICATION, ORGANIZATION]),
)
def test_every_column_is_used_or_listed_as_unused(columns: dict[str, list[Any]], target: Target) -> None:
    """No column vanishes; every parameter has at most one column, metadata one a key; one column is addresses."""
    try:
        mapping = map_columns(table(**columns), target)
    except InputError as error:
        refusal = str(error)
        assert all(f"`{name}`" in refusal for name in columns) or "hold addresses and no header decides" in refusal
        return
    used = {feed.column for feed in mapping.feeds}
    assert used.isdisjoint(mapping.unused)
    assert used | set(mapping.unused) == set(columns)
    named = [(feed.parameter, feed.path) for feed in mapping.feeds]
    assert len(set(named)) == len(named)
    assert len(mapping.feeds_of("email_address")) == 1
