"""Wire: a call as it leaves and comes back, nothing in between that corrects either."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Self

from clerkbulk.contract.cases.case import NOTHING, Ask
from clerkbulk.contract.endpoint import API_VERSION
from clerkbulk.errors import NotReachable
from clerkbulk.suite.desk import Answer
from clerkbulk.version import __version__

if TYPE_CHECKING:
    import httpx

_PATIENCE = 30.0
"""Seconds for an answer."""


class Wire:
    """Makes calls with a key. The key is in the header alone. transport is another way out than a network."""

    def __init__(self, secret_key: str, api_url: str, *, transport: httpx.BaseTransport | None = None) -> None:
        import httpx

        from clerkbulk.sending.client import certificates

        # Nothing from the environment: a proxy would see the key.
        self._http = httpx.Client(
            base_url=api_url, transport=transport, timeout=_PATIENCE, trust_env=False,
            verify=certificates(trust_env=False),
        )  # fmt: skip
        self._secret_key = secret_key

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def call(self, ask: Ask) -> Answer:
        """Make one call. Raises NotReachable when no answer comes back."""
        import httpx

        body = ask.body if isinstance(ask.body, bytes) else None if ask.body is NOTHING else _to_json(ask.body)
        try:
            given = self._http.request(
                ask.method, ask.path, params=list(ask.query), content=body, headers=self._headers(ask, body)
            )
        except httpx.HTTPError as error:
            said = f"{ask.method} {ask.path} got no answer ({type(error).__name__})."
            raise NotReachable(said, sent=not isinstance(error, httpx.ConnectError)) from None
        headers = {name.lower(): value for name, value in given.headers.items()}
        return Answer(given.status_code, headers, given.content, _time_of(headers))

    def _headers(self, ask: Ask, body: bytes | None) -> dict[str, str]:
        usual: dict[str, str | None] = {
            "accept": "application/json",
            "authorization": f"Bearer {self._secret_key}",
            "clerk-api-version": API_VERSION,
            "user-agent": f"clerkbulk/{__version__}",
            "content-type": None if body is None else "application/json",
        }
        asked = {name.lower(): value for name, value in ask.headers.items()}
        return {name: value for name, value in {**usual, **asked}.items() if value is not None}


def _to_json(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _time_of(headers: Mapping[str, str]) -> int:
    try:
        return int(parsedate_to_datetime(headers["date"]).timestamp() * 1000)
    except (KeyError, ValueError):
        return 0
