"""Preview: what each call will carry: on the wire, as curl, as calls of Clerk's JavaScript and Python SDKs.

Each form can be pasted and run; the key is always taken from the environment and never written out. CLERK_API_URL may
end in /v1, as for clerkbulk itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

from clerkbulk.contract.endpoint import API_URL, API_VERSION, endpoint_for
from clerkbulk.contract.target import Organization, Target
from clerkbulk.people.batch import Batch


class Form(StrEnum):
    """How calls are written down."""

    WIRE = "wire"
    """JSON Lines: one body a line."""
    CURL = "curl"
    JAVASCRIPT = "js"
    """The documented call of @clerk/backend."""
    PYTHON = "python"
    """The call of clerk-backend-api, with its own retrying of POSTs switched off."""


def preview(batches: Sequence[Batch], form: Form | str = Form.WIRE) -> str:
    """Return every call in one text, ending in a newline; "" when there is none. Raises InputError, ValueError."""
    if not batches:
        return ""
    writers = {Form.WIRE: _wire, Form.CURL: _curl, Form.JAVASCRIPT: _javascript, Form.PYTHON: _python}
    return "\n".join(writers[Form(form)](batches)) + "\n"


def _wire(batches: Sequence[Batch]) -> Iterator[str]:
    for batch in batches:
        yield batch.to_json()


def _curl(batches: Sequence[Batch]) -> Iterator[str]:
    yield f': "${{CLERK_API_URL:={API_URL}}}" "${{CLERK_SECRET_KEY:?is not set}}"'
    for i, batch in enumerate(batches, 1):
        path = batch.endpoint.path_for(batch.target)
        yield f"\n# Call {i} of {len(batches)}, {_lines(batch)}"
        yield f'curl --fail-with-body --silent --show-error "${{CLERK_API_URL%/v1}}{path}" \\'
        yield '  --header "Authorization: Bearer $CLERK_SECRET_KEY" \\'
        yield "  --header 'Content-Type: application/json' \\"
        yield f"  --header 'Clerk-API-Version: {API_VERSION}' \\"
        # Not as an argument: Linux takes 128 KB of one at most. Of the text below, --data leaves out the last line end.
        yield "  --data @- <<'JSON'"
        yield batch.to_json()
        yield "JSON"


def _javascript(batches: Sequence[Batch]) -> Iterator[str]:
    yield "import { createClerkClient } from '@clerk/backend'"
    yield ""
    yield "const clerkClient = createClerkClient({"
    yield "  secretKey: process.env.CLERK_SECRET_KEY,"
    yield "  ...(process.env.CLERK_API_URL && { apiUrl: process.env.CLERK_API_URL.replace(/\\/v1$/, '') }),"
    yield "})"
    for i, batch in enumerate(batches, 1):
        batch.verify()
        yield f"\n// Call {i} of {len(batches)}, {_lines(batch)}"
        yield f"await {batch.endpoint.javascript}({_organization(batch.target)}["
        for params in _params(batch):
            yield f"  {_javascript_value(params)},"
        yield "])"


def _python(batches: Sequence[Batch]) -> Iterator[str]:
    yield "import os"
    yield ""
    yield "from clerk_backend_api import Clerk"
    yield ""
    yield f'server_url = os.environ.get("CLERK_API_URL", "{API_URL}").removesuffix("/v1") + "/v1"'
    yield 'with Clerk(bearer_auth=os.environ["CLERK_SECRET_KEY"], server_url=server_url) as clerk:'
    for i, batch in enumerate(batches, 1):
        batch.verify()
        yield f"\n    # Call {i} of {len(batches)}, {_lines(batch)}. retries=None: a repeated POST would invite twice."
        yield f"    {batch.endpoint.python}("
        if isinstance(batch.target, Organization):
            yield f'        organization_id="{batch.target.organization_id}",'
        yield "        retries=None,"
        yield "        request_body=[" if isinstance(batch.target, Organization) else "        request=["
        for item in batch:
            yield f"            {item!r},"
        yield "        ],"
        yield "    )"


def _params(batch: Batch) -> Iterator[dict[str, Any]]:
    model = endpoint_for(batch.target).item
    return (model.model_validate(item).to_params() for item in batch)


def _organization(target: Target) -> str:
    return f"'{target.organization_id}', " if isinstance(target, Organization) else ""


def _lines(batch: Batch) -> str:
    return f"line {batch.lines[0]}" if len(batch) == 1 else f"lines {batch.lines[0]} to {batch.lines[-1]}"


def _javascript_value(value: Any) -> str:
    """Write a JSON value as a JavaScript expression: names that need no quotes go without, as the documentation does.

    ``__proto__`` is written as a computed key; as a plain one it would set the prototype and be lost.
    """
    if isinstance(value, dict):
        inside = ", ".join(f"{_javascript_key(key)}: {_javascript_value(inner)}" for key, inner in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_javascript_value, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _javascript_key(key: str) -> str:
    if key == "__proto__":
        return '["__proto__"]'
    return key if key.isascii() and key.isidentifier() else json.dumps(key, ensure_ascii=False)
