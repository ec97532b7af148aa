"""clerkbulk check: what it prints, what it writes, how it leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from program import run

from clerkbulk.people.read import read

CLEAN = "email,team\nada@example.com,Core\nbob@example.org,Ops\n"
ODD = (
    "E-Mail,Benachrichtigen,team\n"
    "ada@example.com,ja,Core\n"
    "ADA@example.com ,nein,Core\n"
    '"bob@example,com",,\n'
    ",x,Ops\n"
    "carl@gmial.com,vielleicht,Ops\n"
    "Dora <dora@example.com>,no,\n"
)


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    path = tmp_path / "clean.csv"
    path.write_text(CLEAN)
    return path


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    path = tmp_path / "odd.csv"
    path.write_text(ODD)
    return path


def test_a_table_without_issues_leaves_with_0_and_says_so(clean: Path) -> None:
    """Nothing wrong is exit status 0, and the text names rows, mapping, invitations and calls."""
    ran = run("check", clean)
    assert (ran.status, ran.err) == (0, "")
    assert "clean.csv → the application\n  2 rows, CSV, utf-8, delimiter ',', header in line 1\n" in ran.out
    assert "email_address   email        synonym" in ran.out
    assert "not sent: team" in ran.out
    assert ran.out.endswith("2 invitations in 1 call\nno issues\n")


def test_a_column_without_a_file_keeps_its_name() -> None:
    """What comes through a pipe is mapped as the same file is."""
    typed = b"email\nada@example.com\nbob@example.com\n"
    ran = run("check", "-", "--map", "email_address=email", typed=typed)
    assert ran.status == 0
    assert "  2 rows, CSV, utf-8, header in line 1\n" in ran.out


def test_what_has_tabs_between_its_cells_is_called_tsv(tmp_path: Path) -> None:
    """The name people know, not the escape of a character."""
    path = tmp_path / "people.tsv"
    path.write_text("email\tteam\nada@example.com\tcore\n")
    assert "  1 row, TSV, utf-8, header in line 1\n" in run("check", path).out


def test_json_is_the_pinned_document_and_nothing_else(odd: Path) -> None:
    """Rows, invitations, mapping and issues, each issue with its seven keys; exit status 1 because of the issues."""
    ran = run("check", odd, "--format", "json", "--metadata", "team", "--default", "expires_in_days=14")
    assert (ran.status, ran.err) == (1, "")
    assert json.loads(ran.out) == {
        "rows": 6,
        "invitations": 2,
        "mapping": {
            "target": {"kind": "application"},
            "columns": [
                {"parameter": "email_address", "column": "E-Mail", "key": None, "confidence": "synonym"},
                {"parameter": "public_metadata", "column": "team", "key": "team", "confidence": "given"},
                {"parameter": "notify", "column": "Benachrichtigen", "key": None, "confidence": "synonym"},
            ],
            "defaults": {"expires_in_days": 14},
            "unused": [],
            "notes": [
                "Column `E-Mail` feeds email_address (synonym).",
                "Column `Benachrichtigen` feeds notify (synonym).",
            ],
        },
        "issues": [
            {
                "line": 3,
                "column": "E-Mail",
                "rule": "duplicate_address",
                "severity": "error",
                "cell": "ADA@example.com ",
                "message": "ada@example.com stands in line 2 already; only that line is invited.",
                "suggestion": None,
            },
            {
                "line": 4,
                "column": "E-Mail",
                "rule": "invalid_address",
                "severity": "error",
                "cell": "bob@example,com",
                "message": "This is not an e-mail address: the part after the @-sign contains invalid characters: ','.",
                "suggestion": "bob@example.com",
            },
            {
                "line": 5,
                "column": "E-Mail",
                "rule": "missing_address",
                "severity": "error",
                "cell": "",
                "message": "There is no e-mail address in this line.",
                "suggestion": None,
            },
            {
                "line": 6,
                "column": "Benachrichtigen",
                "rule": "invalid_value",
                "severity": "error",
                "cell": "vielleicht",
                "message": "'vielleicht' is neither yes nor no: write yes or no.",
                "suggestion": None,
            },
            {
                "line": 6,
                "column": "E-Mail",
                "rule": "misspelt_domain",
                "severity": "warning",
                "cell": "carl@gmial.com",
                "message": "The domain gmial.com is one slip away from gmail.com.",
                "suggestion": "carl@gmail.com",
            },
            {
                "line": 7,
                "column": "E-Mail",
                "rule": "unpacked_address",
                "severity": "note",
                "cell": "Dora <dora@example.com>",
                "message": "dora@example.com was taken out of 'Dora <dora@example.com>'.",
                "suggestion": None,
            },
        ],
    }


def test_each_issue_is_shown_with_line_column_cell_and_sentence(odd: Path) -> None:
    """Errors come first, then warnings, then notes; the likely address stands beside the cell; nothing is coloured."""
    ran = run("check", odd, "--map", "notify=Benachrichtigen")
    assert ran.status == 1
    shown = ran.out[ran.out.index("  line 3") :]
    assert shown == (
        "  line 3  error    E-Mail: ADA@example.com\n"
        "                   ada@example.com stands in line 2 already; only that line is invited.\n"
        "  line 4  error    E-Mail: bob@example,com → bob@example.com\n"
        "                   This is not an e-mail address: the part after the @-sign contains invalid characters: "
        "','.\n"
        "  line 5  error    E-Mail: (empty)\n"
        "                   There is no e-mail address in this line.\n"
        "  line 6  error    Benachrichtigen: vielleicht\n"
        "                   'vielleicht' is neither yes nor no: write yes or no.\n"
        "  line 6  warning  E-Mail: carl@gmial.com → carl@gmail.com\n"
        "                   The domain gmial.com is one slip away from gmail.com.\n"
        "  line 7  note     E-Mail: Dora <dora@example.com>\n"
        "                   dora@example.com was taken out of 'Dora <dora@example.com>'.\n"
        "\n"
        "2 invitations in 1 call\n"
        "4 rows not invited · 4 errors · 1 warning · 1 note\n"
    )


def test_what_is_not_shown_is_counted(tmp_path: Path) -> None:
    """Of 50 issues 40 are shown, and the line after them says that 10 more there are, and how to get them."""
    people = tmp_path / "nobody.csv"
    people.write_text("email\n" + "nobody\n" * 50)
    ran = run("check", people)
    assert ran.out.count("there is no @ in it") == 40
    assert "  and 10 more: --issues FILE writes them all, --format json prints them all\n" in ran.out
    assert len(json.loads(run("check", people, "--format", "json").out)["issues"]) == 50


def test_the_sheet_of_issues_holds_them_all(odd: Path, tmp_path: Path) -> None:
    """--issues writes a row an issue, with the columns of the JSON."""
    sheet = tmp_path / "issues.csv"
    document = json.loads(run("check", odd, "--issues", sheet, "--format", "json").out)
    written = read(sheet)
    assert written.columns == ("line", "column", "rule", "severity", "cell", "message", "suggestion")
    wanted = [["" if value is None else str(value) for value in issue.values()] for issue in document["issues"]]
    assert [list(row.cells) for row in written.rows] == wanted


def test_a_saved_job_file_says_the_same_again(odd: Path, tmp_path: Path) -> None:
    """--save-job-file writes every guess down; with --job-file nothing is guessed and the outcome is the same."""
    saved = tmp_path / "job.toml"
    before = json.loads(
        run("check", odd, "--default", "template_slug=invitation", "--save-job-file", saved, "--format", "json").out
    )
    after = json.loads(run("check", odd, "--job-file", saved, "--format", "json").out)
    assert after["issues"] == before["issues"]
    assert after["mapping"]["defaults"] == {"template_slug": "invitation"}
    assert {column["confidence"] for column in after["mapping"]["columns"]} == {"given"}


def test_the_command_line_goes_before_the_job_file(clean: Path, tmp_path: Path) -> None:
    """An --org beside a job file that names another organization wins, and so does a default."""
    job_file = tmp_path / "job.toml"
    job_file.write_text('organization = "org_2abc"\n\n[defaults]\nrole = "org:guest"\n')
    ran = run(
        "check", clean, "--job-file", job_file, "--org", "org_2xyz", "--default", "role=org:member", "--format", "json"
    )
    assert ran.status == 0
    mapping = json.loads(ran.out)["mapping"]
    assert mapping["target"] == {"kind": "organization", "organization_id": "org_2xyz"}
    assert mapping["defaults"] == {"role": "org:member"}


def test_an_organization_needs_roles(clean: Path) -> None:
    """Without role column and default every row is an error that says what to do."""
    document = json.loads(run("check", clean, "--org", "org_2abc", "--format", "json").out)
    assert document["invitations"] == 0
    assert [(issue["line"], issue["rule"]) for issue in document["issues"]] == [
        (2, "missing_role"),
        (3, "missing_role"),
    ]


def test_people_can_come_through_a_pipe() -> None:
    """A dash reads standard input."""
    ran = run("check", "-", "--format", "json", typed=CLEAN.encode())
    assert (ran.status, json.loads(ran.out)["invitations"]) == (0, 2)


WRONG = [
    (["nobody.csv"], "nobody.csv does not exist."),
    (["clean.csv", "--map", "mail=email"], "There is no parameter `mail`"),
    (["clean.csv", "--map", "redirect_url=link"], "There is no column `link`"),
    (["clean.csv", "--metadata", "taem"], "There is no column `taem`: did you mean `team`?"),
    (["clean.csv", "--default", "role=org:member"], "role"),
    (["clean.csv", "--default", "expires_in_days=400"], "The default for expires_in_days cannot be used"),
    (["clean.csv", "--org", "acme"], "'acme' is not an organization id"),
    (["clean.csv", "--job-file", "none.toml"], "The job file none.toml cannot be read"),
    (["names.csv"], "No column could be the addresses; the columns are `Name` and `Team`."),
    (["clean.csv", "--issues", "issues.doc"], "issues.doc cannot be written"),
    (["clean.csv", "--issues", "./clean.csv"], "--issues ./clean.csv is the same file as PEOPLE"),
    (["clean.csv", "--save-job-file", "clean.csv"], "--save-job-file clean.csv is the same file as PEOPLE"),
    (["clean.csv", "--job-file", "job.toml", "--save-job-file", "link.toml"], "is the same file as --job-file"),
    (["clean.csv", "--issues", "new.csv", "--save-job-file", "./new.csv"], "is the same file as --issues"),
    (["clean.csv", "--org", ""], "--org is an empty text"),
    (["clean.csv", "--org="], "--org is an empty text"),
    (["clean.csv", "--sheet", "", "--org", "org_2abc"], "--sheet is an empty text"),
    (["clean.csv", "--job-file", ""], "--job-file is an empty text"),
    ([""], "An argument is an empty text"),
    (["clean.csv", "--format", "xml"], "'xml' is not one of 'text', 'json'"),
    ([], "Missing argument 'PEOPLE'"),
]


@pytest.mark.parametrize(("arguments", "sentence"), WRONG, ids=lambda value: " ".join(value) if value else "nothing")
def test_wrong_usage_and_unreadable_input_leave_with_2(
    arguments: list[str], sentence: str, clean: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence on standard error that names what is wrong, nothing on standard output, no traceback."""
    monkeypatch.chdir(clean.parent)
    Path("names.csv").write_text("Name,Team\nAda,Core\n")
    Path("job.toml").touch()
    Path("link.toml").symlink_to("job.toml")
    ran = run("check", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert sentence in ran.err
    assert "Traceback" not in ran.err
    assert (clean.read_text(), Path("job.toml").read_text(), Path("new.csv").exists()) == (CLEAN, "", False)


def test_a_column_can_still_be_forbidden_and_a_space_be_a_delimiter(clean: Path) -> None:
    """Not every option that ends in nothing is empty: --map notify= means something."""
    assert run("check", clean, "--map", "notify=", "--map=role=", "--org", "org_2abc").status == 1
    spaced = clean.with_name("spaced.txt")
    spaced.write_text(CLEAN.replace(",", " "))
    assert run("check", spaced, "--delimiter", " ").status == 0


def test_a_pipe_gets_plain_text(odd: Path) -> None:
    """No escape codes, no padding at the end of lines, nothing wider than 120 characters."""
    lines = run("check", odd).out.splitlines()
    assert not [line for line in lines if "\x1b" in line or line != line.rstrip() or len(line) > 120]


def test_a_key_in_the_environment_is_not_looked_at(odd: Path) -> None:
    """It works with a broken key and never shows it."""
    ran = run("check", odd, environment={"CLERK_SECRET_KEY": "pk_test_planted", "CLERK_API_URL": "ftp://nowhere"})
    assert ran.status == 1
    assert "planted" not in ran.out + ran.err


def test_roles_without_an_organization_are_a_warning(tmp_path: Path) -> None:
    """Whoever typed roles meant an organization: check leaves with 1 and asks whether --org was forgotten."""
    path = tmp_path / "people.csv"
    path.write_text("email,role\nada@example.com,org:member\nbob@example.com,org:admin\n")
    said = run("check", path)
    assert said.status == 1
    assert "warning  role: (empty)" not in said.out
    assert "Did you forget --org ORG_ID?" in " ".join(said.out.split())
    assert said.out.endswith("2 invitations in 1 call\n1 warning\n")
    (issue,) = json.loads(run("check", path, "--format", "json").out)["issues"]
    assert (issue["line"], issue["column"], issue["rule"], issue["severity"]) == (
        None,
        "role",
        "foreign_column",
        "warning",
    )
    assert run("check", path, "--map", "role=").status == 0
    assert run("preview", path).status == 0
