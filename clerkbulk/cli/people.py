"""The options that every command reading people shares, and what they lead to: a checked table."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from clerkbulk.contract.target import Target
    from clerkbulk.people.checked import Checked
    from clerkbulk.people.job_file import JobFile
    from clerkbulk.people.stream import Stream

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class PeopleOptions:
    """What was said about the people and where they go."""

    people: str
    org: str | None
    columns: tuple[str, ...]
    defaults: tuple[str, ...]
    metadata: tuple[str, ...]
    job_file: str | None
    sheet: str | None
    encoding: str | None
    delimiter: str | None
    header_line: int | None


def takes_people(command: Command) -> Command:
    """Give a command the argument PEOPLE and the options that say how to read and map them, as one ``options``."""
    for decorate in reversed(
        (
            click.argument("people", metavar="PEOPLE"),
            click.option("--org", metavar="ORG_ID", help="Invite to this organization; else to the application."),
            click.option(
                "--map", "columns", metavar="PARAMETER=COLUMN", multiple=True,
                help="Say which column feeds a parameter. Repeatable.",
            ),
            click.option(
                "--default", "defaults", metavar="PARAMETER=VALUE", multiple=True,
                help="A parameter for rows whose cell is empty. Repeatable.",
            ),
            click.option(
                "--metadata", metavar="COLUMN", multiple=True,
                help="A column that becomes a key of the public metadata. Repeatable.",
            ),
            click.option("--job-file", metavar="FILE", help="All of these options as TOML."),
            click.option("--sheet", metavar="NAME", help="The workbook's sheet, if the guess is wrong."),
            click.option("--encoding", metavar="NAME", help="The text's encoding, if the guess is wrong."),
            click.option("--delimiter", metavar="CHARACTER", help="What separates the cells, if the guess is wrong."),
            click.option("--header-line", metavar="LINE", type=int, help="The line of the column names; 0 for none."),
        )
    ):  # fmt: skip
        command = decorate(command)
    return command


def people_options(given: dict[str, Any]) -> PeopleOptions:
    """Take the shared options out of a command's keyword arguments."""
    return PeopleOptions(**{name: given.pop(name) for name in PeopleOptions.__slots__})


def checked_people(options: PeopleOptions) -> Checked:
    """Read, map and check the people the options speak of. Raises InputError.

    What stands on the command line goes before what stands in the job file.
    """
    from clerkbulk.people.added import without_added
    from clerkbulk.people.check import check_table
    from clerkbulk.people.mapping import map_columns
    from clerkbulk.people.read import read

    job_file = _job_file(options)
    table = without_added(read(_people(options), **_reading(options, job_file)))
    return check_table(table, map_columns(table, _target(options, job_file), **_mapping(options, job_file)))


def streamed_people(options: PeopleOptions) -> Stream:
    """Open the people the options speak of, to be checked batch by batch whatever their number. Raises InputError."""
    from clerkbulk.people.stream import stream

    job_file = _job_file(options)
    return stream(
        _people(options), _target(options, job_file), **_reading(options, job_file), **_mapping(options, job_file)
    )


def _people(options: PeopleOptions) -> Any:
    from pathlib import Path

    # On the command line PEOPLE is always a file: a mistyped name must not be taken for pasted text.
    return sys.stdin.buffer if options.people == "-" else Path(options.people)


def _reading(options: PeopleOptions, job_file: JobFile) -> dict[str, Any]:
    """Return how the people are read, as arguments."""
    return {
        "sheet": options.sheet or job_file.read.sheet,
        "encoding": options.encoding or job_file.read.encoding,
        "delimiter": _character(options.delimiter or job_file.read.delimiter),
        "header_line": job_file.read.header_line if options.header_line is None else options.header_line,
    }


def _mapping(options: PeopleOptions, job_file: JobFile) -> dict[str, Any]:
    """Return how their columns are mapped, as arguments."""
    from clerkbulk.people.parameter import parse_pairs

    return {
        "columns": {**dict(job_file.columns), **parse_pairs("--map", options.columns)},
        "defaults": {**dict(job_file.defaults), **parse_pairs("--default", options.defaults)},
        "metadata": options.metadata or job_file.metadata,
    }


def _character(delimiter: str | None) -> str | None:
    return {"\\t": "\t", "tab": "\t"}.get(delimiter or "", delimiter)


def _job_file(options: PeopleOptions) -> JobFile:
    from clerkbulk.people.job_file import JobFile, load

    return load(options.job_file) if options.job_file else JobFile()


def _target(options: PeopleOptions, job_file: JobFile) -> Target:
    from clerkbulk.contract.target import Organization

    return Organization(options.org) if options.org is not None else job_file.target
