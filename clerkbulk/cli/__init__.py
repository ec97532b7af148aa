"""The command line: the one place that prints. Commands are loaded when they are called, so that help is quick."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from importlib import import_module
from itertools import pairwise

import click

from clerkbulk.cli.exits import Exit, Refusal, speaking_errors
from clerkbulk.cli.invocation import Invocation
from clerkbulk.version import __version__

# In the order in which people need them.
_COMMANDS = {
    "check": "Read, map and check people; list every issue.",
    "preview": "Show what each call will carry.",
    "preflight": "Read what Clerk has of the people; show who would be invited.",
    "plan": "Show the timetable before anything is sent.",
    "send": "Check people and invite them, each exactly once.",
    "resume": "Go on with a job.",
    "tick": "Do what the hour allows now, and leave; for cron.",
    "pause": "Stop a job cleanly, whoever is at work on it.",
    "withdraw": "Take back the invitations that are still open.",
    "remind": "Invite those again who are silent, each once.",
    "status": "Show where a job stands.",
    "results": "Give the sheet back, with what became of each line.",
    "report": "Say who has onboarded, and write the report.",
    "purge": "Forget the people of a finished job, and keep the counts.",
    "rehearse": "Do the whole job in virtual time; say what it takes.",
    "contract": "Run the contract: what Clerk's invitation calls promise.",
    "emulate": "Run the local stand-in for Clerk's Backend API.",
    "app": "The forms as a page of their own, outside a notebook.",
    "demo": "The whole way in a few seconds, on the emulator.",
}


class _Commands(click.Group):
    """Knows the names and one-line helps of the commands; imports a command only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"clerkbulk.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and (near := get_close_matches(args[0], _COMMANDS, 1)):
            raise click.UsageError(f"There is no command {args[0]!r}: did you mean {near[0]}?", ctx)
        for before, text in pairwise(("", *args)):
            if text == "" or (text.startswith("--") and text.find("=") == len(text) - 1):
                # What an unset variable leaves: --org "$ORG" must not mean the application.
                option = text[:-1] or (before if before.startswith("--") else "An argument")
                raise Refusal(f"{option} is an empty text: say what is meant, or leave it out.")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="clerkbulk")
def program() -> None:
    """From a messy table of people to everyone invited exactly once through Clerk.

    PEOPLE is a CSV, TSV, XLSX, Parquet or JSONL file, or - for standard input. The secret key comes from
    CLERK_SECRET_KEY, the address of the API from CLERK_API_URL.

    Exit status: 0 done and nothing wrong; 1 done, with issues or refused rows; 2 wrong usage or unreadable input;
    3 stopped with work left; 4 Clerk could not be reached or refused the key; 70 clerkbulk itself failed.
    """


def main() -> None:
    """Run the program and leave with its exit status."""
    invocation = Invocation.of(sys.argv[1:])
    status = Exit.DONE
    with speaking_errors(invocation):
        status = program(standalone_mode=False, prog_name="clerkbulk", obj=invocation) or Exit.DONE
    sys.exit(int(status))
