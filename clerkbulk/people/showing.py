"""How a checked table shows itself in a notebook. Everything that came from the table is escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from clerkbulk.contract.endpoint import endpoint_for
from clerkbulk.people.batch import compact_json

if TYPE_CHECKING:
    from clerkbulk.people.checked import Checked
    from clerkbulk.people.issue import Issue

MOST_ISSUES = 20
MOST_PAYLOADS = 3

# currentColor and translucent greys, so that light and dark notebooks both get a readable page.
_STYLE = """
.clerkbulk{font-family:system-ui,sans-serif;font-size:13px;line-height:1.45;max-width:960px}
.clerkbulk .cb-counts{display:flex;flex-wrap:wrap;gap:8px;margin:4px 0 10px;padding:0}
.clerkbulk .cb-count{border:1px solid rgba(128,128,128,.35);border-radius:6px;padding:4px 12px;min-width:72px}
.clerkbulk .cb-count b{display:block;font-size:18px;font-variant-numeric:tabular-nums}
.clerkbulk .cb-scroll{overflow-x:auto}
.clerkbulk table{border-collapse:collapse;margin:4px 0 10px;text-align:left}
.clerkbulk th,.clerkbulk td{padding:3px 10px 3px 0;border-bottom:1px solid rgba(128,128,128,.25);text-align:left;
vertical-align:top;background:transparent}
.clerkbulk td{white-space:normal;overflow-wrap:anywhere}
.clerkbulk td.cb-line{font-variant-numeric:tabular-nums;text-align:right;white-space:nowrap}
.clerkbulk .cb-error{border-left:3px solid #d64545;padding-left:6px}
.clerkbulk .cb-warning{border-left:3px solid #c98a00;padding-left:6px}
.clerkbulk .cb-note{border-left:3px solid #5a8fbf;padding-left:6px}
.clerkbulk pre{overflow-x:auto;padding:8px 10px;border:1px solid rgba(128,128,128,.25);border-radius:6px;margin:4px 0;
background:rgba(128,128,128,.08);color:inherit}
.clerkbulk summary{cursor:pointer;margin:4px 0}
"""


def checked_html(checked: Checked) -> str:
    """Return the counts, the mapping, the issues that weigh most, and a look at the first payloads."""
    issues = checked.issues
    calls = -(-len(checked.items) // endpoint_for(checked.target).most_per_call)
    counts = (
        (checked.rows, "rows"),
        (len(checked.items), "invitations"),
        (checked.rows - len(checked.items), "not invited"),
        (len(issues.errors), "errors"),
        (len(issues.warnings), "warnings"),
        (calls, "calls"),
    )
    return page(
        f"<div><b>{escape(checked.table.source.name)}</b> → {escape(str(checked.target))}</div>",
        counts_html(counts),
        _mapping_html(checked),
        _issues_html(checked),
        _payloads_html(checked),
    )


def page(*parts: str) -> str:
    """Wrap parts, which must be escaped already, in the common look."""
    return f'<div class="clerkbulk"><style>{_STYLE}</style>{"".join(parts)}</div>'


def counts_html(counts: Iterable[tuple[int, str]]) -> str:
    """Return a row of numbers with their names."""
    boxes = "".join(f'<div class="cb-count"><b>{number:,}</b>{escape(label)}</div>' for number, label in counts)
    return f'<div class="cb-counts">{boxes}</div>'


def _mapping_html(checked: Checked) -> str:
    mapping = checked.mapping
    rows = [
        (feed.parameter + (f".{feed.key}" if feed.key else ""), f"column {feed.column}", feed.confidence.value)
        for feed in mapping.feeds
    ]
    rows += [(name, f"default {json.dumps(value, ensure_ascii=False)}", "given") for name, value in mapping.defaults]
    body = "".join(f"<tr>{''.join(f'<td>{escape(_cut(text))}</td>' for text in row)}</tr>" for row in rows)
    unused = ", ".join(mapping.unused)
    remark = f"<div>Not sent: {escape(_cut(unused, 300))}</div>" if unused else ""
    return (
        "<details><summary>Columns and defaults</summary><div class='cb-scroll'><table><thead><tr><th>parameter</th>"
        f"<th>comes from</th><th>how sure</th></tr></thead><tbody>{body}</tbody></table></div>{remark}</details>"
    )


def _issues_html(checked: Checked) -> str:
    ordered = [*checked.issues.errors, *checked.issues.warnings, *checked.issues.notes]
    if not ordered:
        return "<div>No issues.</div>"
    body = "".join(map(_issue_html, ordered[:MOST_ISSUES]))
    more = len(ordered) - MOST_ISSUES
    remark = (
        f"<div>and {more:,} more: <code>checked.issues.to_frame()</code> has all of them.</div>" if more > 0 else ""
    )
    return (
        "<div class='cb-scroll'><table><thead><tr><th>line</th><th>column</th><th>cell</th><th>issue</th>"
        f"<th>suggestion</th></tr></thead><tbody>{body}</tbody></table></div>{remark}"
    )


def _issue_html(issue: Issue) -> str:
    line = "" if issue.line is None else str(issue.line)
    cells = (issue.column or "", _cut(issue.cell or ""))
    return (
        f'<tr><td class="cb-line">{line}</td>'
        + "".join(f"<td>{escape(text)}</td>" for text in cells)
        + f'<td><div class="cb-{issue.severity.value}">{escape(issue.message)}</div></td>'
        + f"<td>{escape(issue.suggestion or '')}</td></tr>"
    )


def _payloads_html(checked: Checked) -> str:
    shown = checked.items[:MOST_PAYLOADS]
    if not shown:
        return ""
    body = ",\n ".join(compact_json(item) for item in shown)
    more = len(checked.items) - len(shown)
    rest = f",\n … {more:,} more" if more else ""
    path = endpoint_for(checked.target).path_for(checked.target)
    summary = f"<summary>First payloads, POST {escape(path)}</summary>"
    return f"<details open>{summary}<pre>[{escape(body + rest)}]</pre></details>"


def _cut(text: str, longest: int = 80) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
