"""Redirect URLs: which Clerk can be expected to take, which deserve a look, which must never be sent.

The spec wants any string; JS text allows a path; every current example is absolute (clerk-contract 4.7). Reading to
take: absolute http(s) is fine, paths and other schemes only with a warning. Schemes that run or hold content instead of
naming a place are refused here, whatever Clerk would say: the link goes to a person who trusts it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

LONGEST_REDIRECT_URL = 2048
"""Characters; what browsers and proxies carry safely. Clerk states no limit."""

_REFUSED_SCHEMES = frozenset(
    {"javascript", "data", "vbscript", "file", "blob", "about", "view-source", "mailto", "tel"}
)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
# Spaces, controls, what copying leaves unseen between letters, and half characters (which no JSON text can carry).
_UNSAFE = re.compile(
    r"[\x00-\x20\x7f-\xa0\xad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ud800-\udfff\\]"
)


class RedirectUrlError(ValueError):
    """The text must not be sent as a redirect URL; the message is a sentence that says why."""


@lru_cache(maxsize=4096)
def doubt_about_redirect_url(url: str) -> str | None:
    """Return None for an absolute http(s) URL, or a sentence about why it should be looked at.

    Raises RedirectUrlError for what must not be sent.
    """
    if not url:
        raise RedirectUrlError("it is empty")
    if len(url) > LONGEST_REDIRECT_URL:
        raise RedirectUrlError(f"it has {len(url)} characters; keep it under {LONGEST_REDIRECT_URL + 1}")
    if unsafe := _UNSAFE.search(url):
        what = {" ": "a space", "\\": "a backslash"}.get(unsafe[0], "an invisible character")
        raise RedirectUrlError(f"there is {what} in it")
    scheme = _SCHEME.match(url)
    if scheme is None or url[scheme.end() : scheme.end() + 1].isdigit():
        return _doubt_without_scheme(url)
    name = scheme[1].lower()
    if name in _REFUSED_SCHEMES:
        raise RedirectUrlError(f"{name}: links are never sent; use an address that starts with https://")
    if name not in {"http", "https"}:
        return f"the scheme {name}: is not http or https, so it opens in nothing but an app that knows it"
    return _doubt_about_web_address(url)


def _doubt_without_scheme(url: str) -> str | None:
    if url.startswith("//"):
        raise RedirectUrlError("it starts with // and has no scheme; write https:// in front of the host")
    if url.startswith(("/", "?", "#", "./", "../")):
        return (
            "it is a path, and Clerk's documentation shows absolute URLs only; https://your-app.example.com/... is safe"
        )
    if re.match(r"[^/?#]*\.[^/?#]+", url) or url.startswith("localhost"):
        raise RedirectUrlError(f"it has no scheme; probably https://{url} is meant")
    raise RedirectUrlError("it is neither an absolute URL (https://...) nor a path (/...)")


def _doubt_about_web_address(url: str) -> str | None:
    if not url[url.index(":") + 1 :].startswith("//"):
        raise RedirectUrlError("after the scheme two slashes are missing")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise RedirectUrlError(f"it cannot be read as a URL ({error})") from None
    if not host:
        raise RedirectUrlError("it names no host")
    if parts.username is not None:
        return f"it carries a user name before the host {host}, as deceptive links do"
    return None
