"""The errors clerkbulk raises on purpose.

ClerkbulkError
├── InputError          what was handed in cannot be read or used (also a ValueError)
├── SecretKeyError      there is no usable secret key (also a ValueError)
├── NotReachable        Clerk did not answer, or not in a way that can be read (also a ConnectionError)
├── ClerkRefused        Clerk answered a read with an error; carries its code and trace id
│   └── KeyRefused      Clerk does not accept the secret key
└── LedgerError         the ledger cannot be used as it is
    └── NotNow          it can be used later: somebody is at work on it, or was only now

Every message says what is wrong, where, and what to do now. None of them ever holds a secret key.
"""

from __future__ import annotations


class ClerkbulkError(Exception):
    """The root of every error raised on purpose."""


class InputError(ClerkbulkError, ValueError):
    """What was handed in cannot be read or used as it is; nothing was sent."""


class SecretKeyError(ClerkbulkError, ValueError):
    """There is no secret key, or it cannot be one."""


class NotReachable(ClerkbulkError, ConnectionError):  # noqa: N818 - names the state, as ConnectionError's children do
    """No readable answer came back.

    sent is False when the request never left, True when nothing is known about what the server did with it.
    """

    def __init__(self, sentence: str, *, sent: bool) -> None:
        super().__init__(sentence)
        self.sent = sent


class ClerkRefused(ClerkbulkError):  # noqa: N818 - Clerk's act, in the past tense, as everywhere here
    """Clerk answered a read or a revocation with an error.

    status is the HTTP status, code is Clerk's (``resource_not_found``), trace_id is what its support asks for,
    retry_after the seconds Clerk said to wait (``Retry-After``), if it did.
    """

    def __init__(
        self,
        sentence: str,
        *,
        status: int,
        code: str | None = None,
        trace_id: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.trace_id = trace_id
        self.retry_after = retry_after


class KeyRefused(ClerkRefused):
    """Clerk does not accept the secret key."""


class LedgerError(ClerkbulkError):
    """The ledger cannot be used as it is."""


class NotNow(LedgerError):  # noqa: N818 - says when, as NotReachable says where
    """The ledger can be used later: somebody is at work on it, or was only now."""
