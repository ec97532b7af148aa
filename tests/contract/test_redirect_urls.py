"""Redirect URLs: fine, to be looked at, or never sent; in exact words."""

from __future__ import annotations

import pytest
from generated_items import ODD_URLS, URLS, tries
from hypothesis import given

from clerkbulk.contract.redirect_url import LONGEST_REDIRECT_URL, RedirectUrlError, doubt_about_redirect_url

PATH = "it is a path, and Clerk's documentation shows absolute URLs only; https://your-app.example.com/... is safe"

LOOKED_AT = [
    ("https://app.example.com", None),
    ("https://app.example.com/welcome?team=a%20b#top", None),
    ("HTTPS://APP.example.com/", None),
    ("http://localhost:3000/welcome", None),
    ("http://127.0.0.1:3000", None),
    ("http://[::1]:3000/", None),
    ("https://bücher.example/straße", None),
    ("https://app.example.com/" + "a" * 2024, None),
    ("/welcome", PATH),
    ("./welcome", PATH),
    ("?next=/", PATH),
    ("#top", PATH),
    ("app-name://open", "the scheme app-name: is not http or https, so it opens in nothing but an app that knows it"),
    ("https://ada@app.example.com/", "it carries a user name before the host app.example.com, as deceptive links do"),
    (
        "https://app.example.com:x@evil.example/",
        "it carries a user name before the host evil.example, as deceptive links do",
    ),
]


@pytest.mark.parametrize(("url", "doubt"), LOOKED_AT)
def test_a_url_that_may_be_sent_is_fine_or_has_a_doubt(url: str, doubt: str | None) -> None:
    """Absolute http(s) is fine; a path, an app's scheme or a user name is worth a look."""
    assert doubt_about_redirect_url(url) == doubt


REFUSED = [
    ("", "it is empty"),
    ("https://app.example.com/a b", "there is a space in it"),
    ("https://app.example.com\\a", "there is a backslash in it"),
    ("https://app.example.com\n", "there is an invisible character in it"),
    ("java\tscript:alert(1)", "there is an invisible character in it"),
    ("https://app.example.com/\u200b", "there is an invisible character in it"),
    ("https://app.example.com/\u202egpj", "there is an invisible character in it"),
    ("https://app.example.com/\ud800", "there is an invisible character in it"),
    ("javascript:alert(1)", "javascript: links are never sent; use an address that starts with https://"),
    ("JavaScript:alert(1)", "javascript: links are never sent; use an address that starts with https://"),
    ("data:text/html,hello", "data: links are never sent; use an address that starts with https://"),
    ("file:///etc/hosts", "file: links are never sent; use an address that starts with https://"),
    ("mailto:ada@example.com", "mailto: links are never sent; use an address that starts with https://"),
    ("javascript:1.0", "it has no scheme; probably https://javascript:1.0 is meant"),
    ("//app.example.com", "it starts with // and has no scheme; write https:// in front of the host"),
    ("app.example.com/welcome", "it has no scheme; probably https://app.example.com/welcome is meant"),
    ("app.example.com:3000", "it has no scheme; probably https://app.example.com:3000 is meant"),
    ("localhost:3000", "it has no scheme; probably https://localhost:3000 is meant"),
    ("welcome", "it is neither an absolute URL (https://...) nor a path (/...)"),
    ("https:app.example.com", "after the scheme two slashes are missing"),
    ("https://", "it names no host"),
    ("https:///welcome", "it names no host"),
    ("https://[::1", "it cannot be read as a URL (Invalid IPv6 URL)"),
    ("https://app.example.com:99999", "it cannot be read as a URL (Port out of range 0-65535)"),
    ("https://app.example.com/" + "a" * 2025, "it has 2049 characters; keep it under 2049"),
]


@pytest.mark.parametrize(("url", "sentence"), REFUSED)
def test_a_url_that_must_not_be_sent_is_refused_in_a_sentence(url: str, sentence: str) -> None:
    """Links that run or hold something, that lead nowhere, or that hide characters are never sent."""
    with pytest.raises(RedirectUrlError) as refusal:
        doubt_about_redirect_url(url)
    assert str(refusal.value) == sentence


@tries(300)
@given(URLS | ODD_URLS)
def test_judging_a_url_never_fails_in_another_way(url: str) -> None:
    """Whatever is typed, the answer is nothing, a doubt or a refusal; and what may be sent fits into one line."""
    try:
        doubt_about_redirect_url(url)
    except RedirectUrlError as refusal:
        words = str(refusal)
    else:
        words = url
    assert 1 <= len(words) <= LONGEST_REDIRECT_URL
    assert words.splitlines() == [words]
    assert words.encode()
