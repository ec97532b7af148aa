"""Bare: a form on a page of its own, without a front and its kernel: what the page says goes straight to the form."""

from __future__ import annotations

import json
from typing import Any

from form import Form
from playwright.sync_api import Page

from clerkbulk.widgets.screen import Screen

_PAGE = """<!doctype html><html lang="en"><head><title>A form</title><style>body {{ margin: 0; background: {back} }}
{style}</style></head><body {theme}><main id="form"></main><script type="module">
const module = await import(URL.createObjectURL(new Blob([{code}], {{ type: 'text/javascript' }})))
let hear
const model = {{
  on: (_, heard) => {{ hear = heard }},
  off() {{}},
  async send(message) {{ for (const one of await window.tell(message)) hear(one, []) }},
}}
module.default.render({{ model, el: document.getElementById('form') }})
</script></body></html>"""


def shown(page: Page, screen: Screen, *, dark: bool | None = False) -> Form:
    """Show a form in JupyterLab's colours, light or dark, or in those the reader's machine asks for (dark None)."""
    sent: list[Any] = []
    screen.send = lambda content, buffers=None: sent.append(content)  # type: ignore[method-assign]

    def told(message: dict[str, Any]) -> list[Any]:
        sent.clear()
        screen._handle_custom_msg(message, [])
        return list(sent)

    page.expose_function("tell", told)
    theme = "" if dark is None else f'data-jp-theme-light="{json.dumps(not dark)}"'
    back, code = ("#15181c" if dark else "#ffffff"), json.dumps(screen._esm)
    page.set_content(_PAGE.format(back=back, style=screen._css, theme=theme, code=code))
    return Form(page).is_there()
