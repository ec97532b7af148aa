"""Mapping: what the user says about columns and defaults, and what of it is refused in which words."""

from __future__ import annotations

from typing import Any

import pytest

from clerkbulk.contract.target import Application, Organization, Target
from clerkbulk.errors import InputError
from clerkbulk.people.column_names import EVERY_PARAMETER
from clerkbulk.people.mapping import Confidence, Mapping, map_columns
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


@pytest.mark.parametrize(
    ("columns", "header", "feed"),
    [
        ({"role": "Title"}, "Title", ("role", "Title", None, "given")),
        ({"inviterUserId": "TITLE "}, "Title", ("inviter_user_id", "Title", None, "given")),
        ({"redirectUrl": "title"}, "Title", ("redirect_url", "Title", None, "given")),
        ({"notify": "E Mail senden?"}, "e-mail_senden", ("notify", "e-mail_senden", None, "given")),
        ({"public_metadata.team": "Título"}, "Titulo", ("public_metadata", "Titulo", "team", "given")),
        ({"publicMetadata.a.b": "Title"}, "\ufeffTitle", ("public_metadata", "\ufeffTitle", "a.b", "given")),
        ({"private_metadata.Team Name": "Title"}, "Title", ("private_metadata", "Title", "Team Name", "given")),
    ],
)
def test_what_the_user_says_is_done(columns: dict[str, str], header: str, feed: tuple[str, ...]) -> None:
    """Parameters in either spelling, columns without regard to case, blanks, accents and invisible marks."""
    assert feed in feeds(map_columns(people(**{header: ["x", "y"]}), ORGANIZATION, columns=columns))


def test_a_given_column_is_not_guessed_for_anything_else() -> None:
    """The user's word ends the guessing about that parameter and that column."""
    columns = {"E-Mail": ["a@example.com"], "Private E-Mail": ["b@example.com"], "Role": ["org:member"]}
    given = {"email_address": "Private E-Mail", "public_metadata.level": "Role"}
    mapping = map_columns(table(**columns), ORGANIZATION, columns=given)
    assert feeds(mapping) == [
        ("email_address", "Private E-Mail", None, "given"),
        ("public_metadata", "Role", "level", "given"),
    ]
    assert mapping.unused == ("E-Mail",)
    assert mapping.notes == ()


def test_an_empty_column_switches_a_guess_off() -> None:
    """`--map notify=` means: not notify."""
    columns = {"notify": ["yes", "no"], "metadata.a": ["x", "y"], "metadata.b": ["x", "y"], "metadata": ["{}", "{}"]}
    some = map_columns(people(**columns), APPLICATION, columns={"notify": "", "public_metadata.a": " "})
    assert [feed[1] for feed in feeds(some)[1:]] == ["metadata.b", "metadata"]
    none = map_columns(people(**columns), APPLICATION, columns={"notify": "", "publicMetadata": ""})
    assert feeds(none) == [("email_address", "email_address", None, "exact")]
    assert none.unused == tuple(columns)


def test_columns_listed_as_metadata_become_keys_under_their_names() -> None:
    """The key is the column's name as it stands in the table; dots in it do not nest; a column may serve twice."""
    columns = {" Team": ["a", "b"], "Cost.Center": ["1", "2"], "private_metadata.x": ["c", "d"], "email": ["p", "q"]}
    listed = ["team", "Cost.Center", "private_metadata.x", "email_address", "team"]
    mapping = map_columns(people(**columns), ORGANIZATION, metadata=listed)
    assert [(f.parameter, f.column, f.path, f.confidence) for f in mapping.feeds] == [
        ("email_address", "email_address", (), Confidence.EXACT),
        ("public_metadata", " Team", ("Team",), Confidence.GIVEN),
        ("public_metadata", "Cost.Center", ("Cost.Center",), Confidence.GIVEN),
        ("public_metadata", "email_address", ("email_address",), Confidence.GIVEN),
        ("private_metadata", "private_metadata.x", ("x",), Confidence.GIVEN),
    ]
    assert mapping.unused == ("email",)
    assert mapping.notes[0] == (
        "Column ` Team` becomes public_metadata.Team; for the other spelling: --map 'public_metadata.team= Team'."
    )


@pytest.mark.parametrize(
    ("how", "target", "sentence"),
    [
        ({"columns": {"emial": "x"}}, APPLICATION, "There is no parameter `emial`: did you mean `email_address`?"),
        ({"columns": {"email": "x"}}, APPLICATION, "There is no parameter `email`: did you mean `email_address`?"),
        ({"columns": {"notfy": "x"}}, APPLICATION, "There is no parameter `notfy`: did you mean `notify`?"),
        (
            {"columns": {"zzz": "x"}},
            APPLICATION,
            f"There is no parameter `zzz`: there are {', '.join(EVERY_PARAMETER)}.",
        ),
        (
            {"columns": {"role.x": "x"}},
            ORGANIZATION,
            "`role.x` cannot be: only public_metadata and private_metadata have keys.",
        ),
        (
            {"columns": {"public_metadata.": "x"}},
            APPLICATION,
            "`public_metadata.` has an empty key: write it like public_metadata.team.",
        ),
        (
            {"columns": {"role": "Team"}},
            APPLICATION,
            "`role` exists only for invitations to organizations (name one with --org ORG_ID), "
            "and these go to the application: leave it out.",
        ),
        (
            {"columns": {"templateSlug": "Team"}},
            ORGANIZATION,
            "`template_slug` exists only for invitations to the application, "
            "and these go to organization org_2abc: leave it out.",
        ),
        ({"columns": {"notify": "Taem"}}, APPLICATION, "There is no column `Taem`: did you mean `Team`?"),
        (
            {"columns": {"notify": "zzz"}},
            APPLICATION,
            "There is no column `zzz`: there are `email_address`, `Team`, `a b` and `A-B`.",
        ),
        ({"columns": {"notify": "a_b"}}, APPLICATION, "`a_b` could be column `a b` or `A-B`: write it exactly."),
        (
            {"columns": {"redirect_url": "Team", "redirectUrl": "a b"}},
            APPLICATION,
            "`redirect_url` and `redirectUrl` are the same parameter: keep one of the two.",
        ),
        (
            {"columns": {"public_metadata.Team": "a b"}, "metadata": ["Team"]},
            APPLICATION,
            "Columns `a b` and `Team` both feed public_metadata.Team: keep one, "
            "or give one another key, such as --map public_metadata.Team_2=Team.",
        ),
        ({"metadata": ["Taem"]}, APPLICATION, "There is no column `Taem`: did you mean `Team`?"),
        (
            {"columns": {"email_address": ""}},
            APPLICATION,
            "`email_address` is mapped to no column, and nobody can be invited without an address.",
        ),
        ({"defaults": {"rolle": "x"}}, ORGANIZATION, "There is no parameter `rolle`: did you mean `role`?"),
        (
            {"defaults": {"role": "org:member"}},
            APPLICATION,
            "`role` exists only for invitations to organizations (name one with --org ORG_ID), "
            "and these go to the application: leave it out.",
        ),
        (
            {"defaults": {"email_address": "a@example.com"}},
            APPLICATION,
            "`email_address` cannot have a default: everybody has their own.",
        ),
        (
            {"defaults": {"expires_in_days": "30 days"}},
            APPLICATION,
            "The default of `expires_in_days` cannot be read: "
            "'30 days' is not a whole number: write digits only, such as 30. Did you mean 30?",
        ),
        (
            {"defaults": {"notify": True, "Notify": False}},
            APPLICATION,
            "`notify` and `Notify` are the same parameter: keep one of the two.",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(how: dict[str, Any], target: Target, sentence: str) -> None:
    """Unknown names are answered with the nearest known ones; nothing is mapped twice."""
    columns = {"Team": ["core", "core"], "a b": ["1", "2"], "A-B": ["1", "2"]}
    with pytest.raises(InputError) as caught:
        map_columns(people(**columns), target, **how)
    assert str(caught.value) == sentence


# Defaults


def test_defaults_are_typed_values_or_what_people_type() -> None:
    """Text is read as a cell would be; an empty one is no default; metadata keys make up one object."""
    mapping = map_columns(
        people(),
        ORGANIZATION,
        defaults={
            "public_metadata.plan.name": "gold",
            "notify": "nein",
            "expiresInDays": "30.0",
            "role": " org:member ",
            "publicMetadata": '{"source": "hr", "plan": {"seats": 3}}',
            "private_metadata": {"cost": 1.0},
            "redirect_url": "",
            "inviter_user_id": None,
        },
    )
    assert dict(mapping.defaults) == {
        "public_metadata": {"source": "hr", "plan": {"seats": 3, "name": "gold"}},
        "notify": False,
        "expires_in_days": 30,
        "role": "org:member",
        "private_metadata": {"cost": 1},
    }
