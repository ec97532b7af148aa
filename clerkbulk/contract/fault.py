"""Faults: what a model refuses, in sentences that say what is allowed and what was given."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

_SHOWN_LENGTH = 60


def shown(value: Any) -> str:
    """Quote a value in a sentence; a long one is cut, visibly, since what stands beside the sentence holds all."""
    try:
        text = repr(value)
    except Exception:  # a number with thousands of digits, a list in a list in a list ..., or any object at all
        text = f"<{type(value).__name__} that cannot be shown>"
    return text if len(text) <= _SHOWN_LENGTH else f"{text[: _SHOWN_LENGTH - 2]}…{text[-1]}"


def sentence(detail: ErrorDetails) -> str:
    """Turn one of pydantic's errors about a field into our wording, without full stop."""
    context = detail.get("ctx") or {}
    given = shown(detail["input"])
    match detail["type"]:
        case "value_error":
            return str(context["error"])
        case "missing":
            return "it must be given"
        case "greater_than_equal" | "less_than_equal" | "int_type":
            return f"it must be a whole number from 1 to 365, and this is {given}"
        case "bool_type":
            return f"it must be true or false, and this is {given}"
        case "string_type":
            return f"it must be a text, and this is {given}"
        case "invalid-json-value":
            return f"it must be something that JSON can hold, and this is {given}"
        case "literal_error":
            return f"it must be {context['expected'].replace(chr(39), '')}, and this is {given}"
        case "dict_type":
            return f'it must be a JSON object such as {{"team": "core"}}, and this is {given}'
        case _:
            return f"{detail['msg'].replace('Input should be', 'it must be')}, and this is {given}"


def retold(error: ValidationError, sentences: list[str]) -> ValidationError:
    """Return the same error with these sentences, one for each of its details; types and places stay."""
    details = error.errors(include_url=False, include_context=False)
    return ValidationError.from_exception_data(
        error.title,
        [
            InitErrorDetails(type=PydanticCustomError(detail["type"], said), loc=detail["loc"], input=detail["input"])
            for detail, said in zip(details, sentences, strict=True)
        ],
    )
