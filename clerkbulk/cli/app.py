"""clerkbulk app."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import webbrowser
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import click

from clerkbulk.cli.exits import Exit, Refusal

_LOOPBACK = "127.0.0.1"
_HOW_TO_GET_IT = "The page needs Voila, which is not installed: pip install 'clerkbulk[app]'."


@click.command("app")
@click.option("--port", metavar="PORT", type=click.IntRange(0, 65535), default=0, help="The port; 0 for any free one.")
@click.option(
    "--ledger", metavar="FILE", default="onboarding.db", show_default=True,
    help="The ledger that remembers who was invited; made if it is not there.",
)  # fmt: skip
@click.option("--token", metavar="TEXT", help="What the address must carry; drawn by lot if you do not say.")
@click.option("--browser/--no-browser", default=True, show_default=True, help="Open the page in a browser.")
def command(port: int, ledger: str, token: str | None, browser: bool) -> int:
    """Show the forms as a page of their own, for people without a notebook, until Ctrl-C.

    Only this machine can reach it, and only with the address that is printed: it carries a token. The secret key comes
    from CLERK_SECRET_KEY, or is typed into the page.
    """
    token = token or secrets.token_urlsafe(24)
    listening = _bound(port)
    address = f"http://{_LOOPBACK}:{listening.getsockname()[1]}/?token={token}"
    os.environ["CLERKBULK_LEDGER"] = ledger if "://" in ledger else str(Path(ledger).resolve())
    with as_file(files("clerkbulk.widgets") / "app") as folder:
        # Voila looks for templates in Jupyter's folders only: ours becomes one of them.
        os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(folder), os.environ.get("JUPYTER_PATH")]))
        _serve(folder / "forms.ipynb", listening, token, address, opens=browser)
    return Exit.DONE


def _bound(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setblocking(False)
    try:
        bound.bind((_LOOPBACK, port))
    except OSError as error:
        raise Refusal(f"Port {port} cannot be used: {error.strerror}. Choose another with --port.") from error
    bound.listen()
    return bound


def _serve(notebook: Path, listening: socket.socket, token: str, address: str, *, opens: bool) -> None:
    try:
        from tornado.httpserver import HTTPServer
        from tornado.ioloop import IOLoop
        from voila.app import Voila
        from voila.tornado.handler import TornadoVoilaHandler
    except ImportError as error:
        raise Refusal(_HOW_TO_GET_IT) from error

    class FormsPage(TornadoVoilaHandler):  # type: ignore[misc]
        """The page, with the cookie that its last call must show: without it the page's kernel outlives the page."""

        async def get(self, path: str | None = None) -> None:
            self.xsrf_token  # noqa: B018 - asking for it sets the cookie
            await super().get(path)

    class Forms(Voila):  # type: ignore[misc]
        """Voila on a socket that is bound already, without the settings of other pages on this machine."""

        def init_handlers(self) -> list[Any]:
            """Return what answers which address."""
            given = super().init_handlers()
            return [(at, FormsPage if one is TornadoVoilaHandler else one, *more) for at, one, *more in given]

        def listen(self) -> None:
            """Take calls until a signal comes, then end the kernels."""
            HTTPServer(self.app).add_sockets([listening])
            click.echo(f"clerkbulk app ready on {address}")
            if opens:
                webbrowser.open(address)
            self.ioloop = IOLoop.current()
            try:
                self.ioloop.start()
            except KeyboardInterrupt:
                click.echo("", err=True)
            finally:
                self.stop()

    forms = Forms(
        notebook_path=str(notebook),
        token=token,
        open_browser=False,
        # What Voila warns of names the address with its token.
        log_level=logging.ERROR,
        # Neither the folder one happens to stand in nor somebody's other pages change this one.
        config_file_paths=[],
        # A name that another site lets point here is no name of this page.
        tornado_settings={"allow_remote_access": False},
    )
    forms.config.VoilaConfiguration.template = "offline"
    # Kernels are reached through files of this user, not through ports, to which everybody on the machine has a way.
    forms.config.KernelManager.transport = "ipc"
    forms.initialize([])
    forms.start()
