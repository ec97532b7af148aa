"""clerkbulk emulate."""

from __future__ import annotations

import signal

import click

from clerkbulk.cli.exits import Exit


@click.command("emulate")
@click.option("--port", metavar="PORT", type=click.IntRange(0, 65535), default=0, help="The port; 0 for any free one.")
@click.option("--limits", type=click.Choice(["on", "off"]), default="on", show_default=True, help="The hourly limits.")
@click.option(
    "--clock", type=click.Choice(["real", "virtual"]), default="real", show_default=True,
    help="virtual: time stands still until POST /_emulator/clock moves it.",
)  # fmt: skip
@click.option(
    "--state", metavar="FILE", help="Begin with this state, and save to it: a second after a change, and at the end."
)
@click.option(
    "--settings", metavar="FILE", help="The instance's settings and the answers to open questions (JSON, TOML)."
)
@click.option(
    "--capabilities", metavar="FILE",
    help="Answer open questions as a live instance was found to (clerkbulk contract); --settings has the last word.",
)  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same ids.")
@click.option(
    "--describe", is_flag=True, help="Print what is imitated, assumed and not imitated, as Markdown, and end."
)
def command(
    port: int,
    limits: str,
    clock: str,
    state: str | None,
    settings: str | None,
    capabilities: str | None,
    seed: int,
    describe: bool,
) -> int:
    """Run the local stand-in for Clerk's Backend API until Ctrl-C.

    --describe, and GET /_emulator/settings, say what it imitates, what it assumes, and what it does not imitate.
    """
    if describe:
        from clerkbulk.emulator.imitation import to_markdown

        click.echo(to_markdown(), nl=False)
        return Exit.DONE

    import time

    from clerkbulk.emulator.clock import RealClock, VirtualClock
    from clerkbulk.emulator.instance import Settings, read_settings
    from clerkbulk.emulator.server import Emulator

    found = Settings()
    if capabilities:
        from clerkbulk.suite.capabilities import read_capabilities

        found = Settings.from_capabilities(read_capabilities(capabilities))
    # Blocked before the server's thread begins, which inherits it, and waited for below: no handler, no race.
    ends = {signal.SIGINT, signal.SIGTERM}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    emulator = Emulator(
        port=port,
        limits="documented" if limits == "on" else "off",
        clock=VirtualClock(time.time()) if clock == "virtual" else RealClock(),
        settings=read_settings(settings, found) if settings else found,
        state=state,
        seed=seed,
    )
    try:
        with emulator:
            click.echo(f"clerkbulk emulator ready on {emulator.url}")
            signal.sigwait(ends)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return Exit.DONE
