"""The schemas for other people's suites: had by name, wherever clerkbulk is installed."""

from __future__ import annotations

import pytest

import clerkbulk as cb


def test_a_schema_is_had_by_its_name() -> None:
    """cb.schema gives what stands in schemas/ under that name."""
    given = cb.schema("application-invitations.wire")
    assert (given["type"], given["minItems"], given["maxItems"]) == ("array", 1, 10)


def test_a_wrong_name_says_which_there_are() -> None:
    """One sentence with all the names."""
    with pytest.raises(cb.InputError, match=r"There is no schema 'invitations'\. There are: fields, application-inv"):
        cb.schema("invitations")
