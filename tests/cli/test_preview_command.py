"""clerkbulk preview: the exact calls, in four forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from program import run

from clerkbulk.people.batch import batches
from clerkbulk.people.check import check

PLANTED = {"CLERK_SECRET_KEY": "sk_test_planted", "CLERK_API_URL": "http://127.0.0.1:9"}


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("email,expires_in_days\n" + "".join(f"person{i:02}@example.com,{i + 1}\n" for i in range(12)))
    return path


def test_the_default_is_the_body_of_each_call_a_line(people: Path) -> None:
    """Twelve people are two lines of JSON, ten and two items, exactly as they go over the wire."""
    ran = run("preview", people)
    assert (ran.status, ran.err) == (0, "")
    first, second = ran.out.splitlines()
    assert len(json.loads(first)) == 10
    assert second == (
        '[{"email_address":"person10@example.com","expires_in_days":11},'
        '{"email_address":"person11@example.com","expires_in_days":12}]'
    )
    assert [first, second] == [batch.to_json() for batch in batches(check(people))]


def test_a_long_table_is_previewed_while_it_is_read(tmp_path: Path) -> None:
    """Tables longer than what is held at once give the same lines, message and status; also through a pipe."""
    path = tmp_path / "long.csv"
    rows = [f"person{i:05}@example.com,{i % 400}" for i in range(25_000)]
    path.write_text("\n".join(["email,expires_in_days", *rows, "person00007@example.com,7", "nobody", ""]))
    checked = check(path)
    left_out = checked.rows - len(checked.items)
    for ran in (run("preview", path), run("preview", "-", typed=path.read_bytes())):
        assert ran.out == "".join(batch.to_json() + "\n" for batch in batches(checked))
        assert (ran.status, ran.err) == (1, f"{left_out:,} rows left out: clerkbulk check says why.\n")


def test_nobody_to_invite_is_nothing_to_show(tmp_path: Path) -> None:
    """No call, no line."""
    path = tmp_path / "nobody.csv"
    path.write_text("email\nnobody\n")
    ran = run("preview", path)
    assert (ran.status, ran.out, ran.err) == (1, "", "1 row left out: clerkbulk check says why.\n")


def test_json_has_path_lines_and_body_of_each_call(people: Path) -> None:
    """One document: a list of calls, each with the lines its people come from."""
    ran = run("preview", people, "--org", "org_2abc", "--default", "role=org:member", "--format", "json")
    calls = json.loads(ran.out)
    assert [len(call["body"]) for call in calls] == [10, 2]
    assert {**calls[1], "body": calls[1]["body"][:1]} == {
        "method": "POST",
        "path": "/v1/organizations/org_2abc/invitations/bulk",
        "lines": [12, 13],
        "body": [{"email_address": "person10@example.com", "expires_in_days": 11, "role": "org:member"}],
    }


FORMS = [
    (
        "curl",
        ['"${CLERK_API_URL%/v1}/v1/invitations/bulk"', '--header "Authorization: Bearer $CLERK_SECRET_KEY"',
         """--data @- <<'JSON'\n[{"email_address":"person10@example.com","expires_in_days":11},"""],
    ),
    (
        "js",
        ["await clerkClient.invitations.createInvitationBulk([\n",
         '  { emailAddress: "person10@example.com", expiresInDays: 11 },\n'],
    ),
    (
        "python",
        ["    clerk.invitations.bulk_create(\n", "        retries=None,\n",
         "            {'email_address': 'person10@example.com', 'expires_in_days': 11},\n"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("form", "parts"), FORMS, ids=[form for form, _ in FORMS])
def test_calls_can_be_had_as_code_with_the_key_left_to_the_environment(
    form: str, parts: list[str], people: Path
) -> None:
    """Each form makes the call, and takes key and address from the environment by name: the values never show."""
    ran = run("preview", people, "--as", form, environment=PLANTED)
    assert ran.status == 0
    for part in parts:
        assert part in ran.out
    assert "planted" not in ran.out + ran.err
    assert "127.0.0.1" not in ran.out + ran.err


def test_rows_left_out_are_said_on_the_side_and_by_the_status(people: Path) -> None:
    """Standard output stays calls only; standard error counts what is missing; the exit status is 1."""
    with people.open("a") as more:
        more.write("nobody,1\nperson01@example.com,2\n")
    ran = run("preview", people)
    assert ran.status == 1
    assert len(ran.out.splitlines()) == 2
    assert ran.err == "2 rows left out: clerkbulk check says why.\n"


def test_nobody_to_invite_is_no_call(tmp_path: Path) -> None:
    """A table without a good row gives no output, an empty list as JSON, and status 1."""
    nobody = tmp_path / "nobody.csv"
    nobody.write_text("email\nnobody\n")
    assert (run("preview", nobody).out, run("preview", nobody).status) == ("", 1)
    assert json.loads(run("preview", nobody, "--format", "json").out) == []


def test_unreadable_input_leaves_with_2(tmp_path: Path) -> None:
    """As check does: one sentence, no output."""
    ran = run("preview", tmp_path / "none.csv")
    assert (ran.status, ran.out) == (2, "")
    assert "none.csv does not exist" in ran.err
