"""clerkbulk demo."""

import click


@click.command("demo")
def command() -> int:
    """Placeholder."""
    return 0
