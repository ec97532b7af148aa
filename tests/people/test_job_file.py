"""Job files: what they may say, what comes back after writing one, and what is refused in which words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkbulk.contract.target import Application, Organization
from clerkbulk.errors import InputError
from clerkbulk.people.column_names import PARAMETERS
from clerkbulk.people.job_file import JobFile, ReadOptions, load, parse
from clerkbulk.people.mapping import map_columns
from clerkbulk.people.table import Row, Source, Table

FULL = """\
organization = "org_2abc"

[columns]
email_address = "E-Mail"
"public_metadata.team" = "Team"
notify = ""

[defaults]
role = "org:member"
expires_in_days = 30
public_metadata = {source = "hr", "cost center" = [1, 2.5, true]}

[metadata]
columns = ["Büro", "a \\"b\\""]

[read]
sheet = "People"
header_line = 3
"""

FULL_JOB = JobFile(
    organization="org_2abc",
    columns=(("email_address", "E-Mail"), ("public_metadata.team", "Team"), ("notify", "")),
    defaults=(
        ("role", "org:member"),
        ("expires_in_days", 30),
        ("public_metadata", {"source": "hr", "cost center": [1, 2.5, True]}),
    ),
    metadata=("Büro", 'a "b"'),
    read=ReadOptions(sheet="People", header_line=3),
)


def test_a_job_file_says_where_columns_defaults_and_how_to_read() -> None:
    """Reading and writing are each other's reverse, to the letter."""
    assert parse(FULL) == FULL_JOB
    assert FULL_JOB.dump() == FULL
    assert FULL_JOB.target == Organization("org_2abc")


def test_an_empty_job_file_is_the_application_and_all_guesses() -> None:
    """Everything in it is optional."""
    assert parse("") == JobFile()
    assert parse(JobFile().dump()) == JobFile()
    assert JobFile().target == Application()


@pytest.mark.parametrize(
    ("text", "job"),
    [
        ('[columns]\nemailAddress = "E-Mail"\n', JobFile(columns=(("email_address", "E-Mail"),))),
        ('[columns]\npublic_metadata.a.b = "C"\n', JobFile(columns=(("public_metadata.a.b", "C"),))),
        ('[columns.publicMetadata]\nteam = "T"\n', JobFile(columns=(("public_metadata.team", "T"),))),
        (
            '[defaults]\nnotify = "nein"\nexpiresInDays = "30"\n',
            JobFile(defaults=(("notify", False), ("expires_in_days", 30))),
        ),
        ('[defaults]\npublic_metadata.plan = "gold"\n', JobFile(defaults=(("public_metadata", {"plan": "gold"}),))),
        ('[defaults]\n"public_metadata.plan" = "gold"\n', JobFile(defaults=(("public_metadata.plan", "gold"),))),
        (
            "[defaults.public_metadata]\nsince = 2026-01-02\n",
            JobFile(defaults=(("public_metadata", {"since": "2026-01-02"}),)),
        ),
        ('[defaults]\nredirect_url = ""\n', JobFile()),
        (
            '[read]\ndelimiter = ";"\nencoding = "cp1252"\r\n',
            JobFile(read=ReadOptions(encoding="cp1252", delimiter=";")),
        ),
    ],
)
def test_what_people_write_by_hand_is_understood(text: str, job: JobFile) -> None:
    """Both spellings, TOML's own dots, and values typed as in a cell."""
    assert parse(text) == job


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('organisation = "org_2abc"', "job.toml has an unknown key organisation: did you mean organization?"),
        ('org = "org_2abc"', "job.toml has an unknown key org: did you mean organization?"),
        ("[colums]", "job.toml has an unknown key colums: did you mean columns?"),
        (
            "xyz = 1",
            "job.toml has an unknown key xyz: there are organization, columns, defaults, metadata, read.",
        ),
        (
            "[read]\nseparator = ';'",
            "job.toml has an unknown key read.separator: there are sheet, encoding, delimiter, header_line.",
        ),
        ("[read]\nshet = 'A'", "job.toml has an unknown key read.shet: did you mean read.sheet?"),
        ("[metadata]\ncolumn = ['a']", "job.toml has an unknown key metadata.column: did you mean metadata.columns?"),
        ("[columns]\nnotfy = 'A'", "job.toml: There is no parameter `notfy`: did you mean `notify`?"),
        (
            "[columns]\nrole = 'A'",
            "job.toml: `role` exists only for invitations to organizations (name one with --org ORG_ID), "
            "and these go to the application: leave it out.",
        ),
        (
            "[defaults]\nexpires_in_days = '30 days'",
            "job.toml: The default of `expires_in_days` cannot be read: "
            "'30 days' is not a whole number: write digits only, such as 30. Did you mean 30?",
        ),
        (
            "[defaults]\npublic_metadata = {a = nan}",
            "job.toml: The default of `public_metadata` cannot be read: "
            "nan is no JSON number: leave the cell empty, or write it as text.",
        ),
        (
            "[columns]\nnotify = 'A'\nNotify = 'B'",
            "job.toml: columns names notify twice, as 'A' and as 'B': keep one.",
        ),
        ("[defaults]\nnotify = true\nNotify = false", "job.toml: defaults names notify twice: keep one."),
        ("[columns]\nnotify = 3", "job.toml: columns.notify must be the name of a column in quotes, and is 3."),
        ("organization = 7", "job.toml: organization must be text in quotes, and is 7."),
        ("columns = 'E-Mail'", "job.toml: columns must be a section, and is 'E-Mail'."),
        ("metadata = ['a']", "job.toml: metadata must be a section, and is ['a']."),
        ("[metadata]\ncolumns = 'a'", "job.toml: metadata.columns must be a list of column names, and is 'a'."),
        ("[metadata]\ncolumns = [1]", "job.toml: metadata.columns must be a list of column names, and has 1 in it."),
        ("[read]\nheader_line = true", "job.toml: read.header_line must be a whole number, and is True."),
        ("[read]\nheader_line = '3'", "job.toml: read.header_line must be a whole number, and is '3'."),
        ("[read]\nsheet = 1", "job.toml: read.sheet must be text in quotes, and is 1."),
        (
            "organization = 'acme'",
            "job.toml: 'acme' is not an organization id: it should look like org_2abc "
            "(Clerk Dashboard, Organizations, the organization's page).",
        ),
        ("[columns", "job.toml is not TOML: Expected ']' at the end of a table declaration (at end of document)."),
    ],
)
def test_what_is_no_job_file_is_refused_by_file_and_key(text: str, sentence: str) -> None:
    """Nothing in the file is quietly passed over; slips are answered with the nearest known name."""
    with pytest.raises(InputError) as caught:
        parse(text, "job.toml")
    assert str(caught.value) == sentence


SECRET = (
    "{} holds a secret key, and job files are shared: keys belong in CLERK_SECRET_KEY. "
    "Take it out, and replace the key in the Clerk Dashboard if the file has been seen by others."
)


@pytest.mark.parametrize(
    "text",
    [
        "secret_key = 'abc'",
        "CLERK_SECRET_KEY = 'abc'",
        "[read]\nsecret-key = 'abc'",
        "[defaults]\nrole = 'sk_test_fake'",
        "[defaults.public_metadata]\na = [{b = 'my sk_live_fake'}]",
        "[columns]\nemail_address = 'SK_TEST_fake'",
        "[metadata]\ncolumns = ['sk_test_fake']",
        "sk_test_fake = 1",
    ],
)
def test_a_secret_key_in_a_job_file_is_refused_and_never_repeated(text: str) -> None:
    """The sentence says where keys belong and shows nothing of the key."""
    with pytest.raises(InputError) as caught:
        parse(text, "job.toml")
    assert str(caught.value) == SECRET.format("job.toml")


@pytest.mark.parametrize(
    "job",
    [
        JobFile(columns=(("email_address", "sk_test_fake"),)),
        JobFile(defaults=(("public_metadata", {"api_key": "abc"}),)),
        JobFile(read=ReadOptions(sheet="sk_live_fake")),
    ],
)
def test_a_secret_key_is_not_written_either(job: JobFile, tmp_path: Path) -> None:
    """No file is left behind."""
    with pytest.raises(InputError) as caught:
        job.save(tmp_path / "job.toml")
    assert str(caught.value) == SECRET.format("The job file")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({"a": None}, "A job file cannot hold null, which TOML does not have: leave the key out."),
        ({"a": "\ud800"}, "A job file cannot hold the half character in '\\ud800': type it anew."),
    ],
)
def test_what_toml_cannot_hold_is_refused(value: Any, sentence: str) -> None:
    """Rather no file than one that says something else."""
    with pytest.raises(InputError) as caught:
        JobFile(defaults=(("public_metadata", value),)).dump()
    assert str(caught.value) == sentence


def test_a_job_file_on_disk_is_utf_8_with_or_without_a_mark(tmp_path: Path) -> None:
    """Saved and loaded again, also after an editor put a byte order mark and Windows line ends into it."""
    path = tmp_path / "job.toml"
    FULL_JOB.save(path)
    assert path.read_bytes() == FULL.encode()
    assert load(path) == load(str(path)) == FULL_JOB
    path.write_bytes(b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode())
    assert load(path) == FULL_JOB


def test_a_job_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Missing, a folder, or not text."""
    latin = tmp_path / "latin.toml"
    latin.write_bytes('[metadata]\ncolumns = ["Büro"]'.encode("latin-1"))
    for path, sentence in [
        (tmp_path / "no.toml", f"The job file {tmp_path}/no.toml cannot be read: No such file or directory."),
        (tmp_path, f"The job file {tmp_path} cannot be read: Is a directory."),
        (latin, f"The job file {latin} is not UTF-8 text (byte 25): save it as UTF-8."),
    ]:
        with pytest.raises(InputError) as caught:
            load(path)
        assert str(caught.value) == sentence
    with pytest.raises(InputError) as caught:
        FULL_JOB.save(tmp_path / "no" / "job.toml")
    assert str(caught.value) == f"The job file {tmp_path}/no/job.toml cannot be written: No such file or directory."


def test_a_job_file_made_of_a_mapping_maps_in_the_same_way() -> None:
    """Every guess is written down, and the same table comes out the same, now as the user's word."""
    columns = ("E-Mail", "Rolle", " Team", "Cost.Center", "public_metadata.a.b", "private_metadata.x", "Name")
    cells = ("ada@example.com", "org:member", "core", "42", "c", "d", "Ada")
    table = Table(columns, [Row(2, cells)], Source("people.csv", "csv"))
    first = map_columns(
        table,
        Organization("org_2abc"),
        columns={"public_metadata.Name": "Name"},
        metadata=["Team", "Cost.Center"],
        defaults={"notify": "no"},
    )
    job = parse(JobFile.of(first, ReadOptions(delimiter="\t")).dump())
    assert job.metadata == ("Name", " Team", "Cost.Center")
    assert job.read == ReadOptions(delimiter="\t")
    again = map_columns(
        table, job.target, columns=dict(job.columns), metadata=job.metadata, defaults=dict(job.defaults)
    )
    assert {(f.parameter, f.column, f.path) for f in again.feeds} == {
        (f.parameter, f.column, f.path) for f in first.feeds
    }
    assert {f.confidence for f in again.feeds} == {"given"}
    assert (again.defaults, again.unused) == (first.defaults, first.unused)


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
DEFAULTS = {
    "role": st.sampled_from(["org:member", "org:admin"]),
    "notify": st.booleans(),
    "expires_in_days": st.integers(1, 365),
    "public_metadata": st.dictionaries(TEXT, VALUES, max_size=3),
    "private_metadata": st.dictionaries(TEXT, VALUES, max_size=3),
}
JOBS = st.builds(
    JobFile,
    organization=st.just("org_2abc"),
    columns=st.dictionaries(st.sampled_from(PARAMETERS["organization"]), TEXT).map(lambda d: tuple(d.items())),
    defaults=st.fixed_dictionaries({}, optional=DEFAULTS).map(lambda d: tuple(d.items())),
    metadata=st.lists(TEXT, max_size=3).map(tuple),
    read=st.builds(
        ReadOptions,
        sheet=st.none() | TEXT,
        encoding=st.none() | TEXT,
        delimiter=st.none() | TEXT,
        header_line=st.none() | st.integers(1, 10**6),
    ),
)


@given(JOBS)
def test_every_job_file_comes_back_as_it_was_written(job: JobFile) -> None:
    """Whatever text stands in names and values: quotes, line ends, control characters, other scripts."""
    assert parse(job.dump()) == job
