"""stream: the same batches, issues and mapping as check() gives, without holding the table."""

from __future__ import annotations

import gc
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerkbulk.contract.target import Application, Organization, Target
from clerkbulk.errors import InputError
from clerkbulk.people.batch import batches
from clerkbulk.people.check import check
from clerkbulk.people.guess import SAMPLE
from clerkbulk.people.read import read, scan
from clerkbulk.people.stream import Stream, sample_of, stream

CORPUS = sorted((Path(__file__).parents[1] / "corpus" / "files").iterdir())
ORGANIZATION = Organization("org_1")


def same(streamed: Stream, people: Any, target: Target, **options: Any) -> None:
    """Assert that a stream, walked to its end, tells everything that check() tells of the same people."""
    checked = check(people, target, **options)
    made = list(streamed)
    assert made == batches(checked)
    assert [batch.encoded() for batch in made] == [batch.to_json().encode() for batch in batches(checked)]
    assert list(streamed.issues) == list(checked.issues)
    assert streamed.mapping == checked.mapping
    assert streamed.source == checked.table.source
    assert (streamed.rows, streamed.invitations) == (checked.rows, len(checked.invitations))


def refused(call: Callable[..., Any], *arguments: Any, **options: Any) -> str | None:
    """Return the sentence of the InputError that a call raises, or None."""
    try:
        call(*arguments, **options)
    except InputError as error:
        return str(error)
    return None


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
@pytest.mark.parametrize("target", [Application(), ORGANIZATION], ids=str)
def test_a_stream_gives_what_check_gives(path: Path, target: Target) -> None:
    """For every ugly file of the corpus and both targets; where check() refuses, stream() refuses alike."""
    defaults = {"role": "org:member"} if isinstance(target, Organization) else {}
    refusal = refused(check, path, target, defaults=defaults)
    if refusal is None:
        same(stream(path, target, defaults=defaults), path, target, defaults=defaults)
    else:
        assert refused(stream, path, target, defaults=defaults) == refusal


def test_a_results_sheet_streams_as_it_is_checked(tmp_path: Path) -> None:
    """The columns an earlier job added are left out of the mapping, with the same note; alone they are a table."""
    sheet = tmp_path / "results.csv"
    sheet.write_text("clerkbulk_state,mail,clerkbulk_email_address\nsent,A@example.com,a@example.com\n")
    same(stream(sheet), sheet, Application())
    assert [feed.column for feed in stream(sheet).mapping.feeds] == ["mail"]
    sheet.write_text("clerkbulk_state,clerkbulk_email_address\nsent,a@example.com\n")
    same(stream(sheet), sheet, Application())
    assert [feed.column for feed in stream(sheet).mapping.feeds] == ["clerkbulk_email_address"]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "ada@example.com,x,7", "Ada@example.com,,", "bob@example.com,y,400", ",z,",
                "eva@example.com", '"kim@example.com,',
            ]
        ),
        max_size=60,
    )
)  # fmt: skip
def test_a_stream_of_any_lines_gives_what_check_gives(lines: list[str]) -> None:
    """Duplicates, ragged lines, unclosed quotation marks and values out of bounds, in any order."""
    people = "\n".join(["email,team,expires_in_days", "zoe@example.com,a,1", *lines]).encode()
    same(stream(people, metadata=["team"]), people, Application(), metadata=["team"])


def test_calls_are_full_across_the_pieces_a_file_is_read_in(tmp_path: Path) -> None:
    """All calls but the last carry ten, whatever the pieces were, and what spans the file is told at the end."""
    path = tmp_path / "people.csv"
    lines = [f"p{i}@lovelace.example,org:{'admin' if i % 2_000 == 0 else 'member'}" for i in range(41_003)]
    lines[7] = "p7@lovelcae.example,org:member"
    lines[39_000] = lines[3]
    path.write_text("\n".join(["email,role", *lines]), "utf-8")
    walk = stream(path, ORGANIZATION)
    assert (walk.rows, walk.invitations, len(walk.issues)) == (0, 0, 0)
    sizes = [len(batch) for batch in walk]
    assert (sizes[:-1], sizes[-1]) == ([10] * 4_100, 2)
    assert [(issue.line, issue.rule) for issue in walk.issues] == [
        (2, "privileged_role"),
        (9, "misspelt_domain"),
        (39_002, "duplicate_address"),
    ]
    same(walk, path, ORGANIZATION)
    assert repr(walk) == "<Stream of people.csv: 41003 rows read, 41002 invitations to organization org_1>"


def test_large_items_are_packed_alike() -> None:
    """Packing by bytes does not depend on the pieces either."""
    people = [{"email": f"p{i}@example.com", "public_metadata": {"a": "x" * (i * 97 % 8_000)}} for i in range(500)]
    options = {"defaults": {"role": "org:member", "private_metadata": {"b": "y" * 8_000}}}
    same(stream(people, ORGANIZATION, **options), people, ORGANIZATION, **options)


def test_a_column_that_is_empty_for_long_is_still_mapped(tmp_path: Path) -> None:
    """The mapping looks at rows spread over the whole file, as check() does, not at its beginning."""
    path = tmp_path / "people.csv"
    rows = [f"p{i}@example.com,{'https://example.com/hi' if i > 9_000 else ''}" for i in range(10_000)]
    path.write_text("\n".join(["E-Mail,Landing page", *rows]), "utf-8")
    walk = stream(path)
    assert {feed.column: feed.parameter for feed in walk.mapping.feeds} == {
        "E-Mail": "email_address",
        "Landing page": "redirect_url",
    }
    same(walk, path, Application())


@pytest.mark.parametrize("rows", [1, SAMPLE, SAMPLE + 1, 2 * SAMPLE, 4 * SAMPLE + 1, 9_999])
def test_the_sample_is_spread_and_bounded(rows: int) -> None:
    """At most SAMPLE rows, at even distances from the first one on."""
    people = "email\n" + "".join(f"p{i}@example.com\n" for i in range(rows))
    lines = [row.line for row in sample_of(scan(people)).rows]
    assert SAMPLE // 2 <= len(lines) <= SAMPLE or len(lines) == rows
    assert len({after - before for before, after in pairwise(lines)}) <= 1
    assert lines[0] == 2


def test_a_stream_leaves_the_garbage_collector_as_it_was() -> None:
    """It pauses only while rows are judged: whoever takes the batches has it running, and so after an error."""
    assert gc.isenabled()
    assert all(gc.isenabled() for _ in stream(["ada@example.com", "bob@example.com"]))
    with pytest.raises(InputError):
        stream(["ada@example.com"], defaults={"expires_in_days": 0})
    read("email\nada@example.com\n")
    assert gc.isenabled()
    gc.disable()
    try:
        list(stream(["ada@example.com"]))
        assert not gc.isenabled()
    finally:
        gc.enable()
