"""The first two steps: people are taken in and shown as read; columns are mapped, corrected, saved and loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from seeing import every, has, named, press, sees

import clerkbulk as cb
from clerkbulk.widgets.columns_step import GUESS, ColumnsPart
from clerkbulk.widgets.draft import Draft
from clerkbulk.widgets.people_step import PeoplePart
from clerkbulk.widgets.upload import UploadedFile

PEOPLE = "Name;E-Mail;Team;Rolle\nAda;ada@example.com;core;org:admin\nBob;bob@example.com;ops;\n"


def uploaded(tmp_path: Path, content: bytes, name: str = "people.csv") -> UploadedFile:
    path = tmp_path / name
    path.write_bytes(content)
    return UploadedFile(path, name, len(content))


def columns_of(text: str = PEOPLE, **more: Any) -> ColumnsPart:
    draft = Draft(**more)
    draft.take(text)
    return ColumnsPart(draft)


def table(part: PeoplePart) -> dict[str, Any]:
    return next(node for node in every(part.view()) if node["t"] == "table")


def test_a_file_is_shown_as_it_was_read(tmp_path: Path) -> None:
    """Rows, columns, encoding, delimiter and the first lines with their numbers."""
    part = PeoplePart(Draft())
    part.hear("file", uploaded(tmp_path, PEOPLE.encode("utf-16")))
    assert sees(part, "2 rows in people.csv, 4 columns.")
    assert named(part, "encoding")["value"].startswith("utf-16")
    assert named(part, "delimiter")["value"] == ";"
    assert table(part)["head"] == ["line", "Name", "E-Mail", "Team", "Rolle"]
    assert table(part)["rows"][0] == ["2", "Ada", "ada@example.com", "core", "org:admin"]


def test_how_it_was_read_can_be_corrected(tmp_path: Path) -> None:
    """The encoding, the delimiter, the line of the names: the same file, read again."""
    part = PeoplePart(Draft())
    part.hear("file", uploaded(tmp_path, "Name,E-Mail\nZo\xeb,zoe@example.com\n".encode("latin-1")))
    part.hear("encoding", "mac-roman")
    assert table(part)["rows"][0][1] == "ZoÎ"
    part.hear("encoding", "latin-1")
    assert table(part)["rows"][0][1] == "Zoë"
    part.hear("header_line", "0")
    assert len(table(part)["rows"]) == 2


def test_pasted_text_is_read_when_somebody_says_so() -> None:
    """One address is enough; an empty text cannot be read."""
    part = PeoplePart(Draft())
    assert named(part, "read")["disabled"] is True
    part.hear("pasted", "ada@example.com")
    press(part, "Read the pasted text")
    assert sees(part, "1 row in pasted text")


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "empty.csv", "empty"),
        (b"PK\x03\x04broken", "people.xlsx", "people.xlsx"),
        (b"a,b\n1,2\n", "people.json", "people.json"),
    ],
)
def test_what_cannot_be_read_is_said_and_what_was_there_stays(
    tmp_path: Path, content: bytes, name: str, said: str
) -> None:
    """A sentence; the table before is not lost."""
    part = PeoplePart(Draft())
    part.hear("file", uploaded(tmp_path, PEOPLE.encode()))
    part.hear("file", uploaded(tmp_path, content, name))
    assert sees(part, said)
    assert sees(part, "2 rows in people.csv") or sees(part, "people.json holds")


def test_a_correction_that_cannot_be_is_said_and_nothing_changes(tmp_path: Path) -> None:
    """A header beyond the end, a number that is none."""
    part = PeoplePart(Draft())
    part.hear("file", uploaded(tmp_path, PEOPLE.encode()))
    part.hear("header_line", "three")
    assert sees(part, "A line is a whole number, and this is 'three'.")
    assert table(part)["rows"][0][1] == "Ada"


def test_each_parameter_shows_its_column_and_how_sure_the_guess_is() -> None:
    """In words."""
    part = columns_of()
    assert named(part, "column:email_address")["options"][0] == [GUESS, "E-Mail (guessed)"]
    assert named(part, "column:email_address")["help"].startswith("Guessed from the column's name.")
    assert ["", "no column"] not in named(part, "column:email_address")["options"]
    assert not has(part, "column:role")


def test_a_column_can_be_chosen_forbidden_and_left_to_the_guess_again() -> None:
    """What is chosen is what is mapped."""
    part = columns_of(target=cb.Organization("org_2abc"))
    assert [feed.column for feed in part.draft.mapping.feeds_of("role")] == ["Rolle"]
    part.hear("column:role", "Team")
    assert [feed.column for feed in part.draft.mapping.feeds_of("role")] == ["Team"]
    part.hear("column:role", "")
    assert part.draft.mapping.feeds_of("role") == ()
    part.hear("column:role", GUESS)
    assert [feed.column for feed in part.draft.mapping.feeds_of("role")] == ["Rolle"]


def test_a_default_that_cannot_be_is_said_beside_its_field() -> None:
    """And the one before stays."""
    part = columns_of()
    part.hear("default:expires_in_days", "14")
    part.hear("default:expires_in_days", "400")
    assert "from 1 to 365" in named(part, "default:expires_in_days")["error"]
    assert dict(part.draft.mapping.defaults) == {"expires_in_days": 14}
    part.hear("default:expires_in_days", "")
    assert dict(part.draft.mapping.defaults) == {}


def test_columns_become_metadata_by_a_tick() -> None:
    """And are not sent otherwise."""
    part = columns_of()
    part.hear("metadata:Team", True)
    assert part.draft.checked().invitations[0].public_metadata == {"Team": "core"}
    part.hear("metadata:Team", False)
    assert part.draft.checked().invitations[0].public_metadata is None


def test_the_choices_are_saved_and_loaded_as_a_job_file(tmp_path: Path) -> None:
    """The very file that --job-file takes."""
    part = columns_of(target=cb.Organization("org_2abc"))
    part.hear("default:role", "org:member")
    part.hear("metadata:Team", True)
    saved: list[tuple[str, bytes, str]] = []
    part.attach(lambda: None, lambda _: None, lambda *file: saved.append(file))
    press(part, "Save as job.toml")
    name, content, _ = saved[0]
    other = columns_of()
    other.hear("load", uploaded(tmp_path, content, name))
    assert other.draft.target == cb.Organization("org_2abc")
    assert other.draft.checked().items == part.draft.checked().items


def test_a_job_file_that_is_none_is_said_and_changes_nothing(tmp_path: Path) -> None:
    """A secret in it, a column that is not there."""
    part = columns_of()
    before = part.draft.mapping
    part.hear("load", uploaded(tmp_path, b'[columns]\nemail_address = "Nowhere"\n', "job.toml"))
    assert sees(part, "There is no column `Nowhere`")
    assert part.draft.mapping == before


def test_another_table_forgets_what_was_said_of_the_last_ones_columns() -> None:
    """The target and the defaults stay."""
    part = columns_of(target=cb.Organization("org_2abc"))
    part.hear("default:role", "org:member")
    part.hear("column:role", "Team")
    part.draft.take("Mail,Team\nada@example.com,core\n")
    assert part.draft.columns == {}
    assert dict(part.draft.mapping.defaults) == {"role": "org:member"}


def test_the_columns_of_a_results_sheet_are_no_columns_of_people() -> None:
    """A sheet that came back from an earlier job is taken as the list it was."""
    part = columns_of("email,clerkbulk_state,clerkbulk_reason\nada@example.com,refused,because\n")
    assert part.draft.table.columns == ("email",)
