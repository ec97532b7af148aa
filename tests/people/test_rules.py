"""The rules: for each one a table of values, the exact sentence and the suggestion."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import Any

import pytest

from clerkbulk.contract.address import parse_address
from clerkbulk.contract.invitation import Invitation, OrganizationInvitation
from clerkbulk.people import rules
from clerkbulk.people.check import check
from clerkbulk.people.issue import Severity

NO_ADDRESS = "This is not an e-mail address: "
MEANT = {"gmial.com": "gmail.com"}

# Rule: its cases, each the arguments and the verdict: None, a sentence, or a sentence and a suggestion.
TABLES: dict[str, list[tuple[tuple[Any, ...], rules.Verdict]]] = {
    "left_out_by_hand": [
        ((2, {3}), None),
        ((3, {2, 3}), "A person left this line out before the list was sent."),
    ],
    "missing_address": [
        (("ada@example.com",), None),
        (("not an address",), None),
        (("",), "There is no e-mail address in this line."),
        ((" \t\n",), "There is no e-mail address in this line."),
    ],
    "invalid_address": [
        (("ada@example.com",), None),
        (("Ada Lovelace <ada@example.com>",), None),
        (("ada.lovelace+crew@mail.example.co.uk",), None),
        (("N/A",), f"{NO_ADDRESS}there is no @ in it."),
        (("ada@",), f"{NO_ADDRESS}there must be something after the @-sign."),
        (("@example.com",), f"{NO_ADDRESS}there must be something before the @-sign."),
        (("ada@example",), f"{NO_ADDRESS}the part after the @-sign is not valid. It should have a period."),
        (("ada@@example.com",), (f"{NO_ADDRESS}it has 2 @ signs.", "ada@example.com")),
        (("ada@example..com",), (f"{NO_ADDRESS}an address cannot have two periods in a row.", "ada@example.com")),
        (("ada @ example.com",), (f"{NO_ADDRESS}there is a space in it.", "ada@example.com")),
        (("Ada Lovelace@example.com",), f"{NO_ADDRESS}there is a space in it."),
        (("ada(at)example.com",), (f"{NO_ADDRESS}there is no @ in it.", "ada@example.com")),
        (("Ada AT example DOT com",), (f"{NO_ADDRESS}there is no @ in it.", "ada@example.com")),
        (("ada[at]example[punkt]com",), (f"{NO_ADDRESS}there is no @ in it.", "ada@example.com")),
        (("ada\uff20example.com",), (f"{NO_ADDRESS}there is no @ in it.", "ada@example.com")),
        (
            ("ada\u200b@example.com",),
            (f"{NO_ADDRESS}it contains an invisible character (zero width space).", "ada@example.com"),
        ),
        (
            ("ada@example,com",),
            (f"{NO_ADDRESS}the part after the @-sign contains invalid characters: ','.", "ada@example.com"),
        ),
        (
            ("ada,lovelace@example.com",),
            (
                f"{NO_ADDRESS}an address contains invalid characters before the @-sign: ','.",
                "ada.lovelace@example.com",
            ),
        ),
        (("ada@example.com.",), (f"{NO_ADDRESS}an address cannot end with a period.", "ada@example.com")),
        (
            ("ada.@example.com",),
            (f"{NO_ADDRESS}an address cannot have a period immediately before the @-sign.", "ada@example.com"),
        ),
        (
            ("ada@example.com,bob",),
            f"{NO_ADDRESS}the part after the @-sign contains invalid characters: ','.",
        ),
        (
            ("ada@example.com; bob@example.org",),
            f"{NO_ADDRESS}it holds more than one address; put each on a line of its own.",
        ),
        (
            ("a" * 65 + "@example.com",),
            f"{NO_ADDRESS}the part before the @ has 65 characters, and the mail standard allows 64.",
        ),
        (("ada@example.c",), f"{NO_ADDRESS}the domain ends in .c, and no domain ends in a single letter."),
        (("x" * 1_500,), f"{NO_ADDRESS}the cell has 1,500 characters, and an address may have 254."),
    ],
    "unpacked_address": [
        ((parse_address(" ada@example.com "),), None),
        (
            (parse_address("Ada <Ada@Example.com>"),),
            "ada@example.com was taken out of 'Ada <Ada@Example.com>'.",
        ),
        (
            (parse_address("mailto:ada@example.com?subject=Hi"),),
            "ada@example.com was taken out of 'mailto:ada@example.com?subject=Hi'.",
        ),
        (
            (parse_address("ada@example.com\u200b"),),
            "ada@example.com was freed of an invisible character around it (zero width space).",
        ),
    ],
    "special_use_domain": [
        ((parse_address("ada@example.com"),), None),
        ((parse_address("ada@test.example.com"),), None),
        (
            (parse_address("ada@example.test"),),
            "The domain ends in .test, which is reserved: no mail can arrive there.",
        ),
        (
            (parse_address("ada@printer.local"),),
            "The domain ends in .local, which is reserved: no mail can arrive there.",
        ),
    ],
    "non_ascii_address": [
        ((parse_address("ada@example.com"),), None),
        (
            (parse_address("zoë@bücher.example"),),
            "The address has letters outside a-z (ëü); many mail systems refuse those. Ask whether it is right.",
        ),
    ],
    "quoted_address": [
        ((parse_address("ada@example.com"),), None),
        (
            (parse_address('"ada b"@example.com'),),
            "The part before the @ is in quotes; that is legal and nearly always a slip.",
        ),
    ],
    "misspelt_domain": [
        (("ada@example.com", MEANT), None),
        (("ada@gmial.com", MEANT), ("The domain gmial.com is one slip away from gmail.com.", "ada@gmail.com")),
    ],
    "duplicate_address": [
        (("ada@example.com", 7), "ada@example.com stands in line 7 already; only that line is invited."),
    ],
    "missing_role": [
        (("org:member",), None),
        (
            (None,),
            "An organization invitation needs a role, such as org:member: type one here, or give all lines a default "
            "(--default role=org:member).",
        ),
    ],
    "unusual_role": [
        (("org:member",), None),
        (("org:team_lead2",), None),
        (
            ("Admin",),
            (
                "Role keys look like org:member, and this is 'Admin'; only old instances have others.",
                "org:admin",
            ),
        ),
        (
            ("org:Team-Lead",),
            (
                "Role keys look like org:member, and this is 'org:Team-Lead'; only old instances have others.",
                "org:team_lead",
            ),
        ),
        (
            ("basic_member",),
            (
                "Role keys look like org:member, and this is 'basic_member'; only old instances have others.",
                "org:member",
            ),
        ),
        (("?!",), "Role keys look like org:member, and this is '?!'; only old instances have others."),
    ],
    "doubtful_redirect_url": [
        (("https://app.example.com/welcome?x=1",), None),
        (("http://localhost:3000/",), None),
        (
            ("/welcome",),
            "About this redirect URL: it is a path, and Clerk's documentation shows absolute URLs only; "
            "https://your-app.example.com/... is safe.",
        ),
        (
            ("exampleapp://welcome",),
            "About this redirect URL: the scheme exampleapp: is not http or https, so it opens in nothing but an app "
            "that knows it.",
        ),
        (
            ("https://clerk.com@example.com/",),
            "About this redirect URL: it carries a user name before the host example.com, as deceptive links do.",
        ),
    ],
    "large_metadata": [
        (({"a": "x" * (1228 - 8)},), None),
        (
            ({"a": "x" * (1229 - 8)},),
            "The public metadata takes 1,229 bytes; if it goes into the login token, Clerk asks to keep it under "
            "1,228 (1.2 KB).",
        ),
        (
            ({"a": "ü" * 611},),
            "The public metadata takes 1,230 bytes; if it goes into the login token, Clerk asks to keep it under "
            "1,228 (1.2 KB).",
        ),
    ],
    "invalid_value": [
        (("expires_in_days", 1, Invitation), None),
        (("expires_in_days", 365, Invitation), None),
        (
            ("expires_in_days", 0, Invitation),
            "expires_in_days cannot be sent: it must be a whole number from 1 to 365, and this is 0.",
        ),
        (
            ("expires_in_days", 366, OrganizationInvitation),
            "expires_in_days cannot be sent: it must be a whole number from 1 to 365, and this is 366.",
        ),
        (
            ("expires_in_days", 10**5000, Invitation),
            "expires_in_days cannot be sent: it must be a whole number from 1 to 365, and this is <int that cannot be "
            "shown>.",
        ),
        (
            ("expires_in_days", "30", Invitation),
            "expires_in_days cannot be sent: it must be a whole number from 1 to 365, and this is '30'.",
        ),
        (("notify", False, Invitation), None),
        (("notify", "no", Invitation), "notify cannot be sent: it must be true or false, and this is 'no'."),
        (("ignore_existing", True, Invitation), None),
        (("template_slug", "waitlist_invitation", Invitation), None),
        (
            ("template_slug", "welcome", Invitation),
            "template_slug cannot be sent: it must be invitation or waitlist_invitation, and this is 'welcome'.",
        ),
        (("role", "org:member", OrganizationInvitation), None),
        (
            ("role", "Org Member", OrganizationInvitation),
            (
                "role cannot be sent: a role is a key without spaces, such as org:member, and this is 'Org Member'.",
                "org:member",
            ),
        ),
        (("inviter_user_id", "user_2abc", OrganizationInvitation), None),
        (
            ("inviter_user_id", "ada", OrganizationInvitation),
            "inviter_user_id cannot be sent: a user id looks like user_2abc, and this is 'ada'.",
        ),
        (("redirect_url", "https://app.example.com", Invitation), None),
        (
            ("redirect_url", "app.example.com/hi", Invitation),
            (
                "redirect_url cannot be sent: it has no scheme; probably https://app.example.com/hi is meant.",
                "https://app.example.com/hi",
            ),
        ),
        (
            ("redirect_url", "javascript:alert(1)", Invitation),
            "redirect_url cannot be sent: javascript: links are never sent; use an address that starts with https://.",
        ),
        (("public_metadata", {}, Invitation), None),
        (("private_metadata", {"a": "x" * (8192 - 8)}, OrganizationInvitation), None),
        (
            ("private_metadata", {"a": "x" * (8193 - 8)}, OrganizationInvitation),
            "private_metadata cannot be sent: it takes 8,193 bytes as JSON, and Clerk takes 8,192 (8 KB).",
        ),
        (
            ("public_metadata", ["core"], Invitation),
            'public_metadata cannot be sent: it must be a JSON object such as {"team": "core"}, and this is '
            "['core'].",
        ),
    ],
    "foreign_column": [
        (("Role", "role", "organizations", "organizations"), None),
        (
            ("Role", "role", "organizations", "the application"),
            "Column `Role` is not sent: role exists only for invitations to organizations, and these go to the "
            "application. Did you forget --org ORG_ID? If it is not to be sent, say --map role= (nothing behind the "
            "=).",
        ),
        (
            ("Template", "template_slug", "the application", "organization org_2abc"),
            "Column `Template` is not sent: template_slug exists only for invitations to the application, and these "
            "go to organization org_2abc. Leave --org out to send it. If it is not to be sent, say "
            "--map template_slug= (nothing behind the =).",
        ),
    ],
    "privileged_role": [
        (("org:admin", [2, 3], 4), None),
        (("org:admin", list(range(2, 21)), 1000), None),
        (
            ("org:admin", [2, 3, 5], 4),
            "3 of 4 rows ask for org:admin, which may change everything in the organization (lines 2, 3, 5). Check "
            "that this is meant.",
        ),
        (
            ("org:admin", list(range(2, 22)), 1000),
            "20 of 1000 rows ask for org:admin, which may change everything in the organization (lines 2, 3, 4, 5, 6, "
            "7, 8, 9 and 12 more). Check that this is meant.",
        ),
    ],
}

RULES = {
    name: rule
    for name, rule in vars(rules).items()
    if inspect.isfunction(rule) and rule.__module__ == rules.__name__ and rule.__annotations__["return"] == "Verdict"
}
"""Every function in rules.py that gives a verdict."""


@pytest.mark.parametrize(
    ("rule", "arguments", "verdict"),
    [(rule, *case) for rule, cases in TABLES.items() for case in cases],
)
def test_a_rule_says_exactly_this(rule: str, arguments: tuple[Any, ...], verdict: rules.Verdict) -> None:
    """Each rule passes what is fine, and says what is wrong in these very words, with the cell as it should be."""
    assert RULES[rule](*arguments) == verdict


def test_every_rule_has_a_table() -> None:
    """No rule is without a table of cases that shows it fire, and rules are explained by their first line."""
    assert RULES.keys() == TABLES.keys()
    for name, cases in TABLES.items():
        assert any(verdict is not None for _, verdict in cases), name
        assert (RULES[name].__doc__ or "").endswith("."), name


def test_every_rule_about_lines_is_documented() -> None:
    """The names that reading gives its issues are exactly those of LINE_RULES, which says what each asks for."""
    found = set()
    for path in Path(rules.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Issue", "Remark"}:
                names = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
                found |= {name for name in names if isinstance(name, str)}
    assert found == rules.LINE_RULES.keys()
    assert not rules.LINE_RULES.keys() & RULES.keys()


@pytest.mark.parametrize(
    ("people", "rule"),
    [
        ("email,role\nada@example.com\n", "ragged_line"),
        ("email,name\nada@example.com,Ada\n,Bob\n", "missing_address"),
        ("email,name\nada@example.com,Ada\nbob,Bob\n", "invalid_address"),
        ("email,name\nAda <ada@example.com>,Ada\n", "unpacked_address"),
        ("email,name\n\u200bada@example.com,Ada\n", "unpacked_address"),
        ("email,name\nada@example.com,Ada\nada@example.com,Bob\n", "duplicate_address"),
        ("email,notify\nada@example.com,perhaps\n", "invalid_value"),
    ],
)
def test_an_issue_bears_the_name_of_its_rule(people: str, rule: str) -> None:
    """What an issue is called is the name of the function that found it, or of a documented rule about lines."""
    assert {issue.rule for issue in check(people).issues} == {rule}
    assert rule in RULES.keys() | rules.LINE_RULES.keys()


def test_a_cell_of_any_length_is_judged_at_once() -> None:
    """What is far too long is said to be so; nobody waits for a search through a hundred thousand blanks."""
    for cell in (" " * 100_000 + "ada", "a" + " " * 100_000 + "@b", "<" + " " * 400, "@@a@" + "," * 400, "@" * 499):
        (issue,) = check([{"email": "ada@example.com"}, {"email": cell}]).issues
        assert (issue.line, issue.rule, issue.severity) == (2, "invalid_address", Severity.ERROR)
