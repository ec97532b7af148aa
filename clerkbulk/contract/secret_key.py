"""The secret key: checked for its prefix, shown nowhere."""

from __future__ import annotations

import hashlib
import re
from typing import Literal

from clerkbulk.errors import SecretKeyError

_FORM = re.compile(r"(?:sk_)?(test|live)_[\x21-\x7e]+\Z")


class SecretKey:
    """A Clerk secret key (``sk_test_...`` or ``sk_live_...``; old instances: ``test_...``, ``live_...``).

    Only the prefix is checked, as Clerk's own SDK does. The text comes out through reveal() alone: repr, str, pickling
    and copying show or carry nothing of it. Raises SecretKeyError.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = ""
        text = text.strip()
        if refusal := _refusal(text):
            # What was refused may be a mistyped key, and tracebacks are kept with their variables by some tools.
            del text
            raise SecretKeyError(refusal)
        self._text = text

    def reveal(self) -> str:
        """Return the key, for the Authorization header and nothing else."""
        return self._text

    @property
    def environment(self) -> Literal["development", "production"]:
        """Which kind of instance the key opens, read off its prefix."""
        return "production" if self._text.removeprefix("sk_").startswith("live_") else "development"

    @property
    def fingerprint(self) -> str:
        """Twelve hex digits by which two keys can be told apart, and from which no key can be found."""
        return hashlib.blake2b(self._text.encode(), digest_size=6, person=b"clerkbulk").hexdigest()

    def __repr__(self) -> str:
        if not self._text:
            return "SecretKey()"  # what a traceback with variables shows when __init__ refuses
        return f"SecretKey({'sk_live' if self.environment == 'production' else 'sk_test'}_…)"

    __str__ = __repr__

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("A secret key is not pickled: hand it over through CLERK_SECRET_KEY.")

    def __getstate__(self) -> object:
        self.__reduce__()
        return None


def _refusal(text: str) -> str | None:
    """Return why a text cannot be a secret key, None when it can."""
    if not text:
        return "There is no secret key: set CLERK_SECRET_KEY (Clerk Dashboard, API keys)."
    if text.startswith("pk_"):
        return (
            "This is a publishable key (pk_...), which cannot invite anyone: take the secret key, sk_..., "
            "from the same page of the Clerk Dashboard."
        )
    if not _FORM.match(text):
        return (
            "This is not a Clerk secret key: one starts with sk_test_ or sk_live_ "
            "(Clerk Dashboard, API keys). The text itself is not shown here."
        )
    return None
