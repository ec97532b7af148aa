"""Items for both endpoints as hypothesis draws them: good ones, and good ones with something done to them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from clerkbulk.contract.invitation import Invitation, OrganizationInvitation

Item = dict[str, Any]
Model = type[Invitation] | type[OrganizationInvitation]
MODELS: tuple[Model, ...] = (Invitation, OrganizationInvitation)


def tries(count: int) -> settings:
    """Return settings for so many examples; no test here is about time, and the machine may be busy."""
    return settings(
        max_examples=count, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
    )


_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ATOMS = st.text(_LETTERS + "0123456789!#$%&'*+/=?^_`{|}~-", min_size=1, max_size=20)
_LABELS = st.text(_LETTERS + "0123456789", min_size=1, max_size=12)
_DOMAINS = st.builds(
    lambda labels, last: ".".join([*labels, last]),
    st.lists(_LABELS, min_size=1, max_size=3),
    st.sampled_from(["com", "org", "example", "museum", "co"]),
)

ADDRESSES = st.one_of(
    st.builds(lambda atoms, domain: f"{'.'.join(atoms)}@{domain}", st.lists(_ATOMS, min_size=1, max_size=3), _DOMAINS),
    st.sampled_from(
        [
            "ada@example.com",
            "zoë.müller@example.org",
            "ada@bücher.example",
            '"john doe"@example.com',
            "用户@example.com",
        ]
    ),
)
"""Addresses in the form that is sent."""

ODD_ADDRESSES = st.one_of(
    st.sampled_from(
        [
            "",
            "@",
            "ada",
            "ada@",
            "ADA@example.com",
            "ZOË@example.com",
            "zoË@example.com",
            "zoe\u0308@example.com",
            " ada@example.com",
            "ada@example.com ",
            "ada@example.com\n",
            "ada@example.com\u200b",
            "\ufeffada@example.com",
            "a\u00adda@example.com",
            "ada@xn--bcher-kva.example",
            "ada@BÜCHER.example",
            '"ada"@example.com',
            '"John Doe"@example.com',
            '"john\ndoe"@example.com',
            "ada..b@example.com",
            "ada@example",
            "ada@example.c",
            "ada@example.123",
            "ada@localhost",
            "ada@mail.test",
            "ada@[127.0.0.1]",
            "Ada <ada@example.com>",
            "mailto:ada@example.com",
            "ada@example.com, bob@example.com",
            "a" * 65 + "@example.com",
            "ada@" + "b" * 64 + ".com",
            "\ud800@example.com",
        ]
    ),
    st.builds(lambda text, address: text + address, st.text(max_size=2), ADDRESSES),
    st.builds(lambda text, address: address + text, st.text(max_size=2), ADDRESSES),
    st.builds(lambda local, domain: f"{local}@{domain}", st.text(max_size=8), st.text(max_size=8)),
    st.text(max_size=10),
)

URLS = st.one_of(
    st.sampled_from(
        ["https://app.example.com/welcome", "http://localhost:3000", "/welcome", "app-name://open", "https://ü.example"]
    ),
    st.builds(lambda path: f"https://app.example.com/{path}", st.text("abc/?=&%#.~-é", max_size=20)),
)

ODD_URLS = st.one_of(
    st.sampled_from(
        [
            "",
            " https://app.example.com",
            "https://app.example.com\n",
            "https://app.example.com/\u200b",
            "https://app.example.com/\ud800",
            "https://",
            "https:///path",
            "https:app.example.com",
            "https://[::1",
            "https://app.example.com:port",
            "//app.example.com",
            "app.example.com",
            "app.example.com:3000",
            "welcome",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "mailto:ada@example.com",
            "https:\\\\app.example.com",
            "https://ada@app.example.com",
            "https://app.example.com/" + "a" * 2024,
            "https://app.example.com/" + "a" * 2025,
        ]
    ),
    st.text(max_size=10),
    st.builds(lambda text: f"https://app.example.com/{text}", st.text(max_size=4)),
)

JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
METADATA = st.dictionaries(
    st.one_of(
        st.sampled_from(["team", "snake_case", "camelCase", "email_address", "emailAddress"]), st.text(max_size=6)
    ),
    JSON_VALUES,
    max_size=4,
)
"""JSON objects well under the limit."""


def _nested(levels: int) -> Item:
    inner: Any = []
    for _ in range(levels - 2):
        inner = [inner]
    return {"a": inner}


ODD_METADATA = st.one_of(
    st.integers(8190, 8194).map(lambda size: {"a": "x" * (size - len('{"a":""}'))}),
    st.integers(4085, 4095).map(lambda letters: {"ü": "é" * letters}),
    st.integers(98, 104).map(_nested),
    st.integers(250, 260).map(_nested),
    st.sampled_from([{"a": float("nan")}, {"a": [float("inf")]}, {"a": "\ud800"}, {"\udfff": 1}, {}, {"": None}]),
)

ROLES = st.one_of(
    st.sampled_from(["org:member", "org:admin", "basic_member"]), st.text("abc:_-é", min_size=1, max_size=9)
)
ODD_ROLES = st.sampled_from(
    ["", " ", "org:member\n", "org member", "org:\u00a0", "org:\u200b", "\ufefforg:a", "org:\ud800"]
)
USER_IDS = st.text(_LETTERS + "ABC0123456789", min_size=1, max_size=27).map(lambda letters: f"user_{letters}")
ODD_USER_IDS = st.sampled_from(
    ["", "user_", "user_ä", "user_1\n", " user_1", "usr_1", "user_1 2", "USER_1", "org_1", "user_\ud800"]
)
DAYS = st.integers(1, 365)
ODD_DAYS = st.sampled_from([0, 1, 365, 366, -1, 10**20, 1.0, 30.5, True, False, "30", None, float("nan")])

_ODD: dict[str, st.SearchStrategy[Any]] = {
    "email_address": ODD_ADDRESSES,
    "redirect_url": ODD_URLS,
    "public_metadata": ODD_METADATA,
    "private_metadata": ODD_METADATA,
    "expires_in_days": ODD_DAYS,
    "role": ODD_ROLES,
    "inviter_user_id": ODD_USER_IDS,
    "template_slug": st.sampled_from(["", "Invitation", "waitlist", "invitation\n"]),
    "notify": st.sampled_from([0, 1, "true", 1.0]),
    "ignore_existing": st.sampled_from([0, 1, "false", 0.0]),
}

GOOD: dict[str, st.SearchStrategy[Any]] = {
    "email_address": ADDRESSES,
    "redirect_url": URLS,
    "public_metadata": METADATA,
    "private_metadata": METADATA,
    "expires_in_days": DAYS,
    "role": ROLES,
    "inviter_user_id": USER_IDS,
    "template_slug": st.sampled_from(["invitation", "waitlist_invitation"]),
    "notify": st.booleans(),
    "ignore_existing": st.booleans(),
}
"""For every parameter of either endpoint, values that may be sent."""


def required(model: Model) -> set[str]:
    """Return the wire names that an item must have."""
    return {name for name, field in model.model_fields.items() if field.is_required()}


def good_items(model: Model) -> st.SearchStrategy[Item]:
    """Return items in wire form that may be sent."""
    must = required(model)
    return st.fixed_dictionaries(
        {name: GOOD[name] for name in model.parameters() if name in must},
        optional={name: GOOD[name] for name in model.parameters() if name not in must},
    )


@st.composite
def odd_items(draw: st.DrawFn, model: Model) -> Any:
    """Draw an item to which something was done; what was done may be harmless."""
    item = draw(good_items(model))
    names = st.sampled_from(model.parameters())
    for _ in range(draw(st.integers(1, 2))):
        name = draw(names)
        match draw(st.sampled_from(["odd", "odd", "odd", "null", "any", "gone", "unknown", "camel"])):
            case "odd":
                item[name] = draw(_ODD[name])
            case "null":
                item[name] = None
            case "any":
                item[name] = draw(JSON_VALUES)
            case "gone":
                item.pop(name, None)
            case "unknown":
                item[draw(st.sampled_from(["rolle", "Role", "", "metadata"]) | st.text(max_size=5))] = draw(JSON_VALUES)
            case "camel":
                if name in item:
                    item[camel(name)] = item.pop(name)
    return draw(st.sampled_from([item] * 30 + [[item], None, "ada@example.com", 1]))


def camel(name: str) -> str:
    """Respell a wire name as Clerk's documentation does."""
    head, *rest = name.split("_")
    return head + "".join(map(str.capitalize, rest))


def exactly(document: Any) -> str:
    """Return a text that is the same for two documents only if they are the same JSON: 1, 1.0 and true differ."""
    return json.dumps(document, sort_keys=True)
