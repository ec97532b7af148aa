"""How a checked table shows itself in a notebook. Everything that came from the table is escaped."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from clerkbulk.contract.endpoint import endpoint_for

if TYPE_CHECKING:
    from clerkbulk.people.checked import Checked
    from clerkbulk.people.issue import Issue

MOST_OF_A_RULE = 4
"""Issues shown of each rule, so that a thousand of one kind do not hide the only one of another."""
MOST_PAYLOADS = 3

# currentColor and translucent greys, so that light and dark notebooks both get a readable page.
# The class three times over: notebooks align every table to the right, with rules that weigh as much as two.
_STYLE = """
.clerkbulk{font-family:system-ui,sans-serif;font-size:13px;line-height:1.45;max-width:1080px}
.clerkbulk .cb-counts{display:flex;flex-wrap:wrap;gap:8px;margin:4px 0 10px;padding:0}
.clerkbulk .cb-count{border:1px solid rgba(128,128,128,.35);border-radius:6px;padding:4px 12px;min-width:72px}
.clerkbulk .cb-count b{display:block;font-size:18px;font-variant-numeric:tabular-nums}
.clerkbulk .cb-scroll{overflow-x:auto}
.clerkbulk.clerkbulk.clerkbulk table{border-collapse:collapse;margin:4px 0 10px;text-align:left}
.clerkbulk.clerkbulk.clerkbulk th,.clerkbulk.clerkbulk.clerkbulk td{padding:3px 10px 3px 0;
border-bottom:1px solid rgba(128,128,128,.25);text-align:left;
vertical-align:top;background:transparent}
.clerkbulk.clerkbulk.clerkbulk td{white-space:normal;overflow-wrap:break-word;word-break:normal}
.clerkbulk.clerkbulk.clerkbulk td.cb-name{white-space:nowrap}
.clerkbulk td.cb-typed{min-width:10em;max-width:26em}
.clerkbulk td.cb-issue{min-width:19em}
.clerkbulk td.cb-more{opacity:.75}
.clerkbulk.clerkbulk.clerkbulk td.cb-line{font-variant-numeric:tabular-nums;text-align:right;white-space:nowrap}
.clerkbulk .cb-error{border-left:3px solid #d64545;padding-left:6px}
.clerkbulk .cb-warning{border-left:3px solid #c98a00;padding-left:6px}
.clerkbulk .cb-note{border-left:3px solid #5a8fbf;padding-left:6px}
.clerkbulk.clerkbulk.clerkbulk pre{font-family:ui-monospace,monospace;font-size:12px;white-space:pre-wrap;
overflow-wrap:anywhere;
padding:8px 10px;border:1px solid rgba(128,128,128,.25);border-radius:6px;margin:4px 0;
background:rgba(128,128,128,.08);color:inherit}
.clerkbulk summary{cursor:pointer;margin:4px 0}
"""


def checked_html(checked: Checked) -> str:
    """Return the counts, the mapping, some issues of every rule, and a look at the first payloads."""
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
        f"<div><b>{text_html(checked.table.source.name)}</b> → {escape(str(checked.target))}</div>",
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
    boxes = "".join(
        f'<div class="cb-count"><b>{number:,}</b>{escape(_of(number, label))}</div>' for number, label in counts
    )
    return f'<div class="cb-counts">{boxes}</div>'


def _of(number: int, label: str) -> str:
    return label.removesuffix("s") if number == 1 and label != "already there" else label


def _mapping_html(checked: Checked) -> str:
    mapping = checked.mapping
    rows = [
        (feed.parameter + (f".{feed.key}" if feed.key else ""), f"column {feed.column}", feed.confidence.value)
        for feed in mapping.feeds
    ]
    rows += [(name, f"default {json.dumps(value, ensure_ascii=False)}", "given") for name, value in mapping.defaults]
    body = "".join(f"<tr>{''.join(f'<td>{text_html(text)}</td>' for text in row)}</tr>" for row in rows)
    remarks = [*mapping.notes, *checked.table.source.notes]
    if mapping.unused:
        remarks.append(f"Not sent: {', '.join(mapping.unused)}.")
    told = "".join(f"<div>{text_html(remark, 300)}</div>" for remark in remarks)
    return (
        '<details><summary>Columns and defaults</summary><div class="cb-scroll"><table><thead><tr><th>parameter</th>'
        f"<th>comes from</th><th>how sure</th></tr></thead><tbody>{body}</tbody></table></div>{told}</details>"
    )


def _issues_html(checked: Checked) -> str:
    issues = checked.issues
    if not issues:
        return "<div>No issues.</div>"
    by_rule: dict[str, list[Issue]] = defaultdict(list)
    for issue in (*issues.errors, *issues.warnings, *issues.notes):
        by_rule[issue.rule].append(issue)
    body = "".join(_rule_html(rule, found) for rule, found in by_rule.items())
    is_cut = any(len(found) > MOST_OF_A_RULE for found in by_rule.values())
    remark = "<div><code>checked.issues.to_frame()</code> has all of them.</div>" if is_cut else ""
    return (
        '<div class="cb-scroll"><table><thead><tr><th>line</th><th>column</th><th>cell</th><th>issue</th>'
        f"<th>suggestion</th></tr></thead><tbody>{body}</tbody></table></div>{remark}"
    )


def _rule_html(rule: str, issues: list[Issue]) -> str:
    shown = "".join(map(_issue_html, issues[:MOST_OF_A_RULE]))
    more = len(issues) - MOST_OF_A_RULE
    if more <= 0:
        return shown
    return f'{shown}<tr><td></td><td class="cb-more" colspan="4">and {more:,} more of {escape(rule)}</td></tr>'


def _issue_html(issue: Issue) -> str:
    line = "" if issue.line is None else str(issue.line)
    return (
        f'<tr><td class="cb-line">{line}</td><td class="cb-name">{text_html(issue.column or "", 30)}</td>'
        f'<td class="cb-typed">{text_html(issue.cell or "")}</td>'
        f'<td class="cb-issue"><div class="cb-{issue.severity.value}">{text_html(issue.message, 300)}</div></td>'
        f'<td class="cb-typed">{text_html(issue.suggestion or "")}</td></tr>'
    )


def _payloads_html(checked: Checked) -> str:
    shown = checked.items[:MOST_PAYLOADS]
    if not shown:
        return ""
    body = ",\n ".join(text_html(json.dumps(item, ensure_ascii=False), 600) for item in shown)
    more = len(checked.items) - len(shown)
    rest = f",\n … {more:,} more" if more else ""
    path = endpoint_for(checked.target).path_for(checked.target)
    summary = f"<summary>First payloads, POST {escape(path)}</summary>"
    return f"<details open>{summary}<pre>[{body}{rest}]</pre></details>"


def text_html(text: str, longest: int = 80) -> str:
    """Escape text from the table, cut visibly where it is long; half characters, which no page can hold, are spelt."""
    cut = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return escape(cut.encode("utf-8", "backslashreplace").decode())
