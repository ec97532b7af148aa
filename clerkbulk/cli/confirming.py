"""Asking before something is done to people: yes or no, and their number with a live key."""

from __future__ import annotations

import sys

import click

from clerkbulk.cli.exits import Declined, Refusal


def confirm_people(environment: str, people: int, act: str, *, yes: bool, confirm: int | None) -> None:
    """Ask whether to act on so many people; act is what is asked, as in "remind them".

    Raises Refusal without an answer, and Declined, which leaves with 3, after a no. Nothing was done by then.
    """
    if confirm is not None and confirm != people:
        raise Refusal(f"--confirm says {confirm:,}, and there are {people:,} people. Nothing was done.")
    if environment == "production" and confirm is None:
        if not sys.stdin.isatty():
            raise Refusal(
                f"This is a live key: confirm the number of people with --confirm {people}. Nothing was done."
            )
        typed = click.prompt(f"This is a live key. Type the number of people to {act}", err=True)
        if typed.strip().replace(",", "") != str(people):
            raise Refusal(f"{typed!r} is not {people}. Nothing was done.")
        return
    if yes or confirm is not None:
        return
    if not sys.stdin.isatty():
        raise Refusal(f"Nobody is here to be asked: pass --yes to {act} without asking. Nothing was done.")
    if not click.confirm(f"{act[:1].upper()}{act[1:]}?", err=True):
        raise Declined("Nothing was done.")
