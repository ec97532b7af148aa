"""Draw the pictures of the README: python docs/pictures.py [forms] [onboarding]. Needs playwright and chromium.

Each step of BulkInvite is drawn in a bare page, wide and narrow, light and dark, from a job on the emulator; so are the
report of onboarding and OnboardingView, of three thousand made-up people three weeks on.
"""

from __future__ import annotations

import json
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

import clerkbulk as cb
from clerkbulk.onboarding.onboarding import Onboarding
from clerkbulk.onboarding.report.page import report_html
from clerkbulk.rehearsal import Life, VirtualClock, company
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


def draw(browser: Browser, name: str, view: Any, rows: Any = (), style: str = Screen._css) -> None:
    """Draw a view in every size and both colours."""
    for size, width in WIDTHS.items():
        for light in (True, False):
            page = browser.new_page(viewport={"width": width, "height": 600})
            page.set_content(
                PAGE
                % {
                    "back": "#ffffff" if light else "#15181c",
                    "style": style,
                    "light": str(light).lower(),
                    "code": json.dumps(str(Screen._esm)),
                    "rows": json.dumps(list(rows)),
                    "view": json.dumps(view),
                }
            )
            page.wait_for_timeout(600)
            path = path_of(name, size, light)
            page.screenshot(path=str(path), full_page=True)
            make_small(path)
            page.close()


def draw_report(browser: Browser, html: str) -> None:
    """Draw the first screen of a report, and its groups, in every size and both colours."""
    for size, width in WIDTHS.items():
        for light in (True, False):
            page = browser.new_page(viewport={"width": width, "height": 760}, color_scheme="light" if light else "dark")
            page.set_content(html)
            first = path_of("report", size, light)
            page.screenshot(path=str(first))
            make_small(first)
            groups = path_of("report-groups", size, light)
            page.locator("section", has_text="By Department").screenshot(path=str(groups))
            make_small(groups)
            page.close()


def path_of(name: str, size: str, light: bool) -> Path:
    """Return where a picture lies."""
    return IMAGES / f"{name}-{size}-{'light' if light else 'dark'}.png"


def make_small(path: Path) -> None:
    """Keep few colours of a picture: it has few, and a palette makes the file a fifth."""
    # Octrees keep the colour of a mark of ten pixels, which the median cut takes for its neighbour.
    Image.open(path).convert("RGB").quantize(128, Image.Quantize.FASTOCTREE).save(path, optimize=True)


def forms(browser: Browser) -> None:
    """Draw BulkInvite, step by step, and the form of one invitation."""
    folder = Path(tempfile.mkdtemp())
    table = folder / "people.csv"
    table.write_text("\n".join(people()), encoding="utf-8")
    with cb.Emulator() as clerk, clerk.client("sk_live_practice") as client:
        clerk.seed({"users": [{"email_address": f"person{number}@example.org"} for number in range(0, 36, 3)]})
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
    shutil.rmtree(folder, ignore_errors=True)


def onboarding(browser: Browser) -> None:
    """Draw the report and the view of three thousand people, three waves and nineteen days after the first."""
    folder = Path(tempfile.mkdtemp())
    firm = company(3000, seed=2027)
    clock = VirtualClock(datetime(2027, 3, 1, 8, tzinfo=UTC).timestamp())
    clerk = cb.Emulator(clock=clock)
    client = cb.Client("sk_test_practice", transport=clerk.backend.transport(), clock=clock)
    life = Life(clerk.backend, firm.departments, firm.tempers, seed=2027)
    table = folder / "people.csv"
    table.write_text(firm.csv, encoding="utf-8")
    with cb.Ledger(folder / "onboarding.db", clock=clock) as ledger, client:
        job = ledger.job(cb.check(table, metadata=["Department", "Office"], defaults={"expires_in_days": 14}))
        plan = job.plan(hours="8-18", tz="UTC", waves="300,1200,rest", wave_gap=7 * 24)
        for progress in job.run(client, pace=plan.pace):
            if progress.waiting_until:
                live(life, clock, ledger, client, datetime.fromtimestamp(progress.waiting_until, UTC))
        told = live(life, clock, ledger, client, datetime(2027, 3, 19, 20, tzinfo=UTC))
        until, goal = date(2027, 4, 2), 0.6
        draw_report(browser, report_html(told, by=["Department"], until=until, goal=goal))
        part = cb.OnboardingView(ledger, client).part
        part.wait()
        picked = {"what": "curve", "by": "Department", "goal": f"{goal:.0%}".strip("%"), "until": until.isoformat()}
        for name, value in picked.items():
            part.hear(name, value)
        part.wait()
        draw(browser, "onboarding", settled(part), style=cb.OnboardingView._css)
    shutil.rmtree(folder, ignore_errors=True)


def live(life: Life, clock: VirtualClock, ledger: cb.Ledger, client: cb.Client, until: datetime) -> Onboarding:
    """Let life go on, and look at Clerk every evening and at the end."""
    while (now := datetime.fromtimestamp(clock.now(), UTC)) < until:
        evening = now.replace(hour=20, minute=0, second=0, microsecond=0)
        life.live(until=min(evening + timedelta(days=evening <= now), until))
        cb.onboarding(ledger, client)
    return cb.onboarding(ledger)


def main() -> None:
    """Draw them all, or what is named."""
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, paint in {"forms": forms, "onboarding": onboarding}.items():
            if name in (sys.argv[1:] or [name]):
                paint(browser)
        browser.close()


if __name__ == "__main__":
    main()
