"""Metadata objects and how large they may be."""

from __future__ import annotations

import json
from collections.abc import Mapping
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


def sendable_metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    """Return metadata unchanged if it may be sent. Raises MetadataError when it is too large or not JSON."""
    size = metadata_size(metadata)
    if size > LARGEST_METADATA:
        raise MetadataError(f"it takes {size:,} bytes as JSON, and Clerk takes {LARGEST_METADATA:,} (8 KB)")
    return metadata
