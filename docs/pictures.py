"""Draw the pictures of the forms in the README: python docs/pictures.py. Needs playwright and Debian's chromium.

Each step of BulkInvite is drawn in a bare page, wide and narrow, light and dark, from a job on the emulator.
"""

from __future__ import annotations

import json
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

import clerkbulk as cb
from clerkbulk.widgets.part import Part
from clerkbulk.widgets.screen import Screen

IMAGES = Path(__file__).parent / "images"
WIDTHS = {"wide": 1200, "narrow": 700}
PAGE = """<!doctype html><html lang="en"><head><title>A form</title><style>body { margin: 0; background: %(back)s }
%(style)s</style></head><body data-jp-theme-light="%(light)s"><main id="form"></main><script type="module">
const module = await import(URL.createObjectURL(new Blob([%(code)s], { type: 'text/javascript' })))
let hear
const rows = %(rows)s
const model = {
  on: (_, heard) => { hear = heard },
  off() {},
  send(message) {
    const { kind, grid, start, stop } = message
    if (kind === 'hello') setTimeout(() => hear({ kind: 'view', view: %(view)s }, []), 0)
    if (kind === 'page') setTimeout(() => hear({ kind: 'rows', grid, start, rows: rows.slice(start, stop) }, []), 0)
  },
}
module.default.render({ model, el: document.getElementById('form') })
</script></body></html>"""


def people() -> Iterator[str]:
    """Yield the lines of a table as they come from elsewhere: titles, mistyped domains, somebody twice."""
    yield from ("Exported on Monday", "", "Name;E-Mail;Team;Site")
    yield from (
        "Ada Lovelace;Ada.Lovelace@Example.com;research;London",
        "Alan Turing;alan@exmaple.org;research;Bletchley",
    )
    yield from (
        "Hedy Lamarr;hedy.lamarr(at)example.com;radio;Vienna",
        "Katherine Johnson;katherine@exmaple.org;orbit;Hampton",
    )
    yield "Ada Lovelace;ada.lovelace@example.com;research;London"
    for number in range(360):
        yield f"Person {number};person{number}@example.org;{('orbit', 'radio', 'research')[number % 3]};Berlin"


def nodes(view: Any) -> Iterator[Any]:
    """Yield every node of a view."""
    yield view
    for child in view.get("k", ()):
        yield from nodes(child)


def waited(part: Part, *texts: str) -> Any:
    """Return what a part shows as soon as one of these texts can be read in it."""
    for _ in range(1200):
        part.hear("pulse", True)
        view = part.view()
        if any(
            text in str(node.get("text", "")) + str(node.get("label", "")) for text in texts for node in nodes(view)
        ):
            return view
        time.sleep(0.05)
    raise SystemExit(f"None of {texts} came into sight.")


def settled(part: Part) -> Any:
    """Return what a part shows as soon as nothing is being done for it any more."""
    while any(node["t"] == "pulse" for node in nodes(part.view())):
        time.sleep(0.05)
        part.hear("pulse", True)
    return part.view()


def _nobodys(view: Any) -> Any:
    """Return a view without the name of the machine that draws."""
    return json.loads(json.dumps(view).replace(f" on {socket.gethostname()}", " on this machine"))


def draw(browser: Browser, name: str, view: Any, rows: Any = ()) -> None:
    """Draw a view in every size and both colours."""
    for size, width in WIDTHS.items():
        for light in (True, False):
            page = browser.new_page(viewport={"width": width, "height": 600})
            page.set_content(
                PAGE
                % {
                    "back": "#ffffff" if light else "#15181c",
                    "style": Screen._css,
                    "light": str(light).lower(),
                    "code": json.dumps(str(Screen._esm)),
                    "rows": json.dumps(list(rows)),
                    "view": json.dumps(view),
                }
            )
            page.wait_for_timeout(600)
            colour = "light" if light else "dark"
            path = IMAGES / f"{name}-{size}-{colour}.png"
            page.screenshot(path=str(path), full_page=True)
            # A form has few colours: a palette makes the file a fifth.
            Image.open(path).convert("RGB").quantize(64).save(path, optimize=True)
            page.close()


def main() -> None:
    """Draw them all."""
    IMAGES.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp())
    table = folder / "people.csv"
    table.write_text("\n".join(people()), encoding="utf-8")
    with cb.Emulator() as clerk, clerk.client("sk_live_practice") as client, sync_playwright() as playwright:
        clerk.seed({"users": [{"email_address": f"person{number}@example.org"} for number in range(0, 36, 3)]})
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        form = cb.BulkInvite(table, metadata=["Team"], ledger=folder / "onboarding.db", client=client)
        part = form.part
        for step in ("people", "columns"):
            part.hear("step", step)
            draw(browser, step, part.view())
        part.hear("step", "review")
        part.hear("rows.at", {"line": 5, "column": "E-Mail"})
        part.hear("rows.mark", 7)
        draw(browser, "review", part.view(), part.rows("rows", 0, 40))
        part.hear("rows.edit", {"line": 6, "column": "E-Mail", "text": "hedy.lamarr@example.com"})
        part.hear("step", "send")
        part.hear("look", True)
        view = waited(part, "to invite them")
        label = next(node["label"] for node in nodes(view) if node.get("name") == "confirm")
        part.hear("confirm", "".join(filter(str.isdigit, label)))
        draw(browser, "send", settled(part))
        part.hear("send", True)
        draw(browser, "watch", _nobodys(waited(part, "25 of 25")))
        # Or the process that sends would wait for its next hour when nobody looks any more.
        part.hear("pause", True)
        waited(part, "Paused")
        alone = cb.InvitationForm(cb.Organization("org_2abc"))
        for name, typed in {"email_address": "ada@example.com", "role": "org:member", "expires_in_days": "14"}.items():
            alone.part.hear(name, typed)
        draw(browser, "invitation", alone.part.view())
        browser.close()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
