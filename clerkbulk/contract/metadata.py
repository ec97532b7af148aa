"""Metadata objects and how large they may be."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from clerkbulk.contract.fact import Fact, Mark

LARGEST_METADATA = 8 * 1024
"""Bytes of one metadata object; Clerk's 8 KB."""
LARGEST_METADATA_FACT = Fact(
    Mark.INFERRED,
    "docs _partials/metadata-callout state 8 KB for users and organizations; for invitations only the error "
    "form_param_exceeds_allowed_size is documented, and not how the size is measured",
)
TOKEN_METADATA = int(1.2 * 1024)
"""Bytes above which metadata that goes into the login token may make the session cookie too large; Clerk's 1.2 KB."""
TOKEN_METADATA_FACT = Fact(Mark.DOCUMENTED, "docs, session token size: keep custom data under 1.2 KB")

DEEPEST_METADATA = 100
"""Objects and lists inside each other. Clerk states no limit; the JSON readers on the way give up at a few hundred."""


class MetadataError(ValueError):
    """The value cannot be sent as metadata; the message is a sentence that says why."""


def metadata_size(metadata: Mapping[str, Any]) -> int:
    """Return the size in bytes: compact JSON in UTF-8. Raises MetadataError when JSON cannot hold the value."""
    try:
        text = json.dumps(metadata, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return len(text.encode())
    except UnicodeEncodeError:
        raise MetadataError("it holds half a character (a lone surrogate), which no JSON text can carry") from None
    except ValueError:
        raise MetadataError("it holds NaN, Infinity or itself, which no JSON text can carry") from None
    except TypeError as error:
        raise MetadataError(f"it holds something that is not JSON ({error})") from None
    except RecursionError:
        raise MetadataError("it is nested too deeply") from None


def not_too_deep(value: Any) -> Any:
    """Return value unchanged. Raises MetadataError when lists and objects in it lie deeper than DEEPEST_METADATA."""
    level = [value]
    for _ in range(DEEPEST_METADATA):
        # By identity, so that what stands in many places of one object is walked once a level.
        level = list({id(v): v for outer in level for v in _inside(outer) if isinstance(v, dict | list)}.values())
        if not level:
            return value
    raise MetadataError(f"it is nested more than {DEEPEST_METADATA} deep")


def _inside(outer: Any) -> Iterable[Any]:
    if isinstance(outer, dict):
        return outer.values()
    return outer if isinstance(outer, list) else ()


def sendable_metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    """Return metadata unchanged if it may be sent. Raises MetadataError when it is too large, too deep or not JSON."""
    size = metadata_size(metadata)
    if size > 2 * DEEPEST_METADATA:  # each level takes two brackets
        not_too_deep(metadata)
    if size > LARGEST_METADATA:
        raise MetadataError(f"it takes {size:,} bytes as JSON, and Clerk takes {LARGEST_METADATA:,} (8 KB)")
    return metadata
