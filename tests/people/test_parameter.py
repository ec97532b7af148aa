"""Parameters as users name them on the command line and in Python, and the values they give everybody."""

from __future__ import annotations

from typing import Any

import pytest

from clerkbulk.errors import InputError
from clerkbulk.people.cells import ABSENT
from clerkbulk.people.parameter import Named, parameter_named, parse_default, parse_pairs


@pytest.mark.parametrize(
    ("parameter", "text", "value"),
    [
        ("notify", "no", False),
        ("expiresInDays", " 30 ", 30),
        ("role", "org:member", "org:member"),
        ("publicMetadata", '{"a": [1]}', {"a": [1]}),
        ("public_metadata.level", "00042", "00042"),
        ("redirect_url", "  ", ABSENT),
    ],
)
def test_a_default_from_the_command_line_is_read_like_a_cell(parameter: str, text: str, value: Any) -> None:
    """--default PARAMETER=VALUE."""
    assert parse_default(parameter, text) == value


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        (["email_address=E-Mail", "notify="], {"email_address": "E-Mail", "notify": ""}),
        (["publicMetadata.team=a=b"], {"public_metadata.team": "a=b"}),
        ([], {}),
    ],
)
def test_repeated_options_become_one_mapping(pairs: list[str], found: dict[str, str]) -> None:
    """Cut at the first equals sign; wire names."""
    assert parse_pairs("--map", pairs) == found


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        (["notify"], "--map 'notify' cannot be read: write it like --map PARAMETER=VALUE."),
        (["=x"], "--map '=x' cannot be read: write it like --map PARAMETER=VALUE."),
        (["notify=A", "Notify=B"], "--map names `notify` twice, as 'A' and as 'B': keep one."),
        (["notfy=A"], "There is no parameter `notfy`: did you mean `notify`?"),
    ],
)
def test_a_repeated_option_is_refused_when_it_contradicts_itself(pairs: list[str], sentence: str) -> None:
    """The last one does not silently win."""
    with pytest.raises(InputError) as caught:
        parse_pairs("--map", pairs)
    assert str(caught.value) == sentence


def test_parameters_are_named_in_either_spelling_and_keys_as_typed() -> None:
    """What follows the first dot is the key's own spelling."""
    assert parameter_named("expiresInDays") == parameter_named("expires_in_days") == Named("expires_in_days")
    assert parameter_named("metadata.Cost_Center.Id") == Named("public_metadata", ("Cost_Center", "Id"))
    assert str(Named("public_metadata", ("Cost_Center", "Id"))) == "public_metadata.Cost_Center.Id"
