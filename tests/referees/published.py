"""Clerk's published OpenAPI document, where it lies beside the project, as other people's programs are given it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).resolve().parents[3] / "shared" / "openapi" / "clerk-invitations.openapi.yml"
WHY_NOT = "Clerk's OpenAPI document is not beside the project"
API_PREFIX = "/v1"

Spec = dict[str, Any]


def published() -> Spec:
    """Return the document as it was published."""
    import yaml

    spec: Spec = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    return spec


def as_on_the_wire() -> Spec:
    """Return the document with what the referees cannot know.

    Its paths begin with the path of its server: Prism looks for the path alone. And the list of application
    invitations may be wrapped: the document has the parameter paginated and types the answer as an array only, while
    both SDKs that send it read data and total_count (clerk-contract 8.1, row 2).
    """
    spec = published()
    assert [server["url"] for server in spec["servers"]] == [f"https://api.clerk.com{API_PREFIX}"]
    listed = spec["components"]["responses"]["Invitation.List"]
    plain = listed["content"]["application/json"]["schema"]
    wrapped = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"data": plain, "total_count": {"type": "integer"}},
        "required": ["data", "total_count"],
    }
    answers = spec["paths"]["/invitations"]["get"]["responses"]
    assert answers == {"200": {"$ref": "#/components/responses/Invitation.List"}}
    answers["200"] = {**listed, "content": {"application/json": {"schema": {"oneOf": [plain, wrapped]}}}}
    spec["paths"] = {f"{API_PREFIX}{path}": operations for path, operations in spec["paths"].items()}
    spec["servers"] = [{"url": "https://api.clerk.com"}]
    return spec


def written(spec: Spec, folder: Path) -> Path:
    """Write a document for programs that want a file, and return where."""
    path = folder / "clerk.openapi.json"
    path.write_text(json.dumps(spec, default=str), encoding="utf-8")
    return path
