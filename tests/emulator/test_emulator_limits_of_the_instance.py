"""Who is kept out and when the room runs out: restrictions, seats, role sets and quotas of the instance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.instance import Settings
from clerkbulk.emulator.subaddress import base_of

BULK = "/v1/invitations/bulk"
ORG_BULK = "/v1/organizations/org_acme/invitations/bulk"


def _people(*names: str, **more: Any) -> list[dict[str, Any]]:
    return [{"email_address": name if "@" in name else f"{name}@example.com", **more} for name in names]


@pytest.mark.parametrize(
    ("address", "base"),
    [
        ("Ada+x@Example.com", "ada@example.com"),
        ("ada=x@example.com", "ada@example.com"),
        ("ada#x@example.com", "ada@example.com"),
        ("ada+x+y@example.com", "ada@example.com"),
        ("ada-x@example.com", "ada-x@example.com"),
        ("ada-x@yahoo.com", "ada@yahoo.com"),
        ("ada-x@yahoo.co.uk", "ada@yahoo.co.uk"),
        ("ada-x@yahoo-like.example", "ada-x@yahoo-like.example"),
        ("a.d.a+x@gmail.com", "ada@gmail.com"),
        ("a.d.a@example.com", "a.d.a@example.com"),
        ("+x@example.com", "+x@example.com"),
    ],
)
def test_the_base_of_an_address_follows_the_documented_separators(address: str, base: str) -> None:
    """Plus, equals and hash everywhere, a hyphen at Yahoo, no dots at Gmail."""
    assert base_of(address) == base


def test_subaddresses_of_an_account_are_refused_where_they_are_blocked(make: Any) -> None:
    """Nobody is named, the first account of a base address is fine, and all kinds of separator count."""
    clerk = make(block_subaddresses=True, restrictions_bite="at_invitation")
    assert clerk.ask("POST", BULK, _people("ada+one")).status == 200
    clerk.backend.seed({"users": [{"email_address": "ada@example.com"}, {"email_address": "a.b@gmail.com"}]})
    for address in ("ada+two@example.com", "ada=two@example.com", "ab+x@gmail.com"):
        status, (error,) = clerk.refusal("POST", BULK, _people(address))
        assert (status, error["code"], error.get("meta")) == (403, "not_allowed_access", None)
    assert clerk.ask("POST", BULK, _people("grace+one")).status == 200


def test_disposable_addresses_are_refused_where_their_domains_are_named(make: Any) -> None:
    """The domains are a setting; the refused addresses stand in meta.identifiers; a subdomain is another domain."""
    clerk = make(disposable_domains=("throwaway.example",), restrictions_bite="at_invitation")
    status, (error,) = clerk.refusal("POST", BULK, _people("ada", "x@Throwaway.example"))
    assert (status, error["code"], error["meta"]) == (
        403,
        "not_allowed_access",
        {"identifiers": ["x@Throwaway.example"]},
    )
    assert clerk.ask("POST", BULK, _people("y@sub.throwaway.example")).status == 200


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("ada+x@example.com", "ada+x@example.com cannot sign up: the instance blocks subaddresses"),
        ("x@throwaway.example", "x@throwaway.example cannot sign up: the instance blocks disposable addresses"),
    ],
)
def test_blocks_that_bite_at_the_sign_up_let_the_invitation_through(make: Any, address: str, words: str) -> None:
    """The invitation is made; accepting it is refused, and it stays pending."""
    clerk = make(block_subaddresses=True, disposable_domains=("throwaway.example",))
    clerk.backend.seed({"users": [{"email_address": "ada@example.com"}]})
    clerk.post(BULK, _people(address))
    refused = clerk.ask("POST", "/_emulator/accept", {"email_address": address}, key=None)
    assert refused.status == 400
    assert refused.document()["error"].startswith(words)
    assert [one["status"] for one in clerk.backend.state()["invitations"]] == ["pending"]


def test_a_blocked_subaddress_is_blocked_itself(make: Any) -> None:
    """A block list that names an address with a subaddress keeps that address out, and not its base."""
    clerk = make(blocklist=("ada+spam@example.com", "bob@example.com"))
    assert clerk.ask("POST", BULK, _people("ada+spam")).status == 403
    assert clerk.ask("POST", BULK, _people("ada")).status == 200
    assert [clerk.ask("POST", BULK, _people(name)).status for name in ("bob", "bob+x", "bob=x")] == [403, 403, 403]


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        ("404 resource_not_found", 404, "resource_not_found"),
        ("422 form_param_value_invalid", 422, "form_param_value_invalid"),
    ],
)
def test_role_outside_set(make: Any, answer: str, status: int, code: str) -> None:
    """A role of the instance that is not in the organization's role set is refused as set; without a set all do."""
    clerk = make(role_outside_set=answer)
    clerk.backend.seed(
        {
            "roles": [{"key": "org:guest"}],
            "role_sets": [{"key": "role_set:small", "roles": ["org:member"]}],
            "organizations": [{"id": "org_acme", "role_set_key": "role_set:small"}, {"id": "org_free"}],
        }
    )
    found, (error,) = clerk.refusal("POST", ORG_BULK, _people("a", role="org:guest"))
    assert (found, error["code"], error["meta"]) == (status, code, {"param_name": "role"})
    assert clerk.ask("POST", ORG_BULK, _people("a", role="org:member")).status == 200
    made = clerk.post("/v1/users", {"email_address": ["m@example.com"]})
    member = {"user_id": made["id"], "role": "org:guest"}
    assert clerk.ask("POST", "/v1/organizations/org_acme/memberships", member).status == 404
    assert clerk.ask("POST", "/v1/organizations/org_free/memberships", member).status == 200
    free = "/v1/organizations/org_free/invitations/bulk"
    assert clerk.ask("POST", free, _people("a", role="org:guest")).status == 200
    assert clerk.get("/v1/organizations/org_acme")["role_set_key"] == "role_set:small"


@pytest.mark.parametrize(
    ("seed", "words"),
    [
        ({"role_sets": [{"key": "role_set:x"}]}, "a role set has a key and the keys of its roles"),
        ({"organizations": [{"role_set_key": "role_set:x"}]}, "there is no role set 'role_set:x'; list it under"),
    ],
)
def test_a_wrong_role_set_is_said(clerk: Any, seed: Any, words: str) -> None:
    """A role set without roles, or one nobody knows, is a sentence."""
    refused = clerk.ask("POST", "/_emulator/seed", seed, key=None)
    assert refused.status == 400
    assert words in refused.document()["error"]


def test_seats_are_each_organizations_own(make: Any) -> None:
    """402 says how many seats would be needed; single and bulk calls alike, and the neighbour has room."""
    clerk = make()
    clerk.backend.seed({"organizations": [{"id": "org_acme", "seats": 2}, {"id": "org_roomy", "seats": 20}]})
    status, (error,) = clerk.refusal("POST", ORG_BULK, _people("a", "b", "c", role="org:member"))
    assert (status, error["code"], error["meta"]) == (402, "insufficient_seats", {"seats_quantity": 3})
    clerk.post(ORG_BULK, _people("a", "b", role="org:member"))
    single = "/v1/organizations/org_acme/invitations"
    assert clerk.ask("POST", single, _people("c", role="org:member")[0]).status == 402
    assert (
        clerk.ask("POST", "/v1/organizations/org_roomy/invitations/bulk", _people("c", role="org:member")).status == 200
    )


@pytest.mark.parametrize(("answer", "statuses"), [("users", [200, 200, 403]), ("users_and_pending", [200, 403, 403])])
def test_user_quota_counts(make: Any, answer: str, statuses: list[int]) -> None:
    """A quota of two users refuses invitations when two are users, or when users and pending ones are two."""
    clerk = make(user_quota=2, user_quota_counts=answer)
    clerk.backend.seed({"users": [{"email_address": "one@example.com"}]})
    found = [clerk.ask("POST", BULK, _people("a")).status, clerk.ask("POST", BULK, _people("b")).status]
    clerk.backend.accept({"email_address": "a@example.com"})
    status, (error,) = clerk.refusal("POST", BULK, _people("c"))
    assert [*found, status] == statuses
    assert error["code"] == "user_quota_exceeded"
    assert clerk.refusal("POST", "/v1/users", {"email_address": ["d@example.com"]})[0] == 403


def test_a_full_instance_lets_nobody_sign_up(make: Any) -> None:
    """Accepting beyond the quota of users is refused; somebody who has an account may still come in."""
    clerk = make(user_quota=1)
    clerk.backend.seed({"organizations": [{"id": "org_acme"}]})
    clerk.post(BULK, _people("a"))
    clerk.backend.seed({"users": [{"email_address": "boss@example.com"}]})
    clerk.post(ORG_BULK, _people("boss", role="org:admin"))
    refused = clerk.ask("POST", "/_emulator/accept", {"email_address": "a@example.com"}, key=None)
    assert "cannot sign up: the instance has its 1 users" in refused.document()["error"]
    assert clerk.backend.accept({"email_address": "boss@example.com"})["invitation"]["status"] == "accepted"


def test_a_quota_of_invitations_counts_both_kinds(make: Any) -> None:
    """Pending invitations to the application and to organizations together; a revoked one makes room again."""
    clerk = make(invitation_quota=2)
    clerk.backend.seed({"organizations": [{"id": "org_acme"}]})
    (made,) = clerk.post(BULK, _people("a"))
    clerk.post(ORG_BULK, _people("a", role="org:member"))
    for target, more in ((BULK, {}), (ORG_BULK, {"role": "org:member"})):
        status, (error,) = clerk.refusal("POST", target, _people("b", **more))
        assert (status, error["code"]) == (403, "quota_exceeded")
    clerk.post(f"/v1/invitations/{made['id']}/revoke")
    clerk.post(BULK, _people("b"))


@pytest.mark.parametrize(
    ("atomicity", "answer", "there"),
    [
        ("all_or_nothing", "as_other_refusals", []),
        ("partial", "as_other_refusals", ["a", "b"]),
        ("all_or_nothing", "fitting_created", ["a", "b"]),
        ("partial", "none_created", []),
    ],
)
def test_quota_half_way(make: Any, atomicity: str, answer: str, there: list[str]) -> None:
    """Room for two of three: none or two are created, as other refusals go or as set; the answer is 403."""
    clerk = make(atomicity=atomicity, quota_half_way=answer)
    clerk.backend.seed({"organizations": [{"id": "org_acme", "max_allowed_memberships": 2}]})
    status, (error,) = clerk.refusal("POST", ORG_BULK, _people("a", "b", "c", role="org:member"))
    assert (status, error["code"]) == (403, "organization_membership_quota_exceeded")
    assert clerk.addresses("organization_invitations") == [f"{name}@example.com" for name in there]


def test_a_bad_item_is_no_limit(make: Any) -> None:
    """fitting_created speaks of limits only: a call with a malformed item is refused whole as before."""
    clerk = make(quota_half_way="fitting_created")
    assert clerk.ask("POST", BULK, _people("a", "nonsense@")).status == 422
    assert clerk.addresses() == []


@pytest.mark.parametrize(
    ("answer", "status", "there"),
    [("400 dev_monthly_email_limit_exceeded", 400, 1), ("created_without_mail", 200, 2)],
)
def test_mails_over_cap(make: Any, answer: str, status: int, there: int) -> None:
    """Beyond the month's e-mails invitations are refused, or made without a mail; the count does not go on."""
    clerk = make(monthly_emails=1, mails_over_cap=answer)
    clerk.post(BULK, _people("a"))
    assert clerk.ask("POST", BULK, _people("b")).status == status
    assert len(clerk.addresses()) == there
    assert clerk.ask("POST", BULK, _people("c"), key="sk_live_fake").status == 200


def test_an_invitation_without_a_mail_uses_up_none(make: Any) -> None:
    """Of three made under a cap of one only the first was mailed: with a cap of two there is room for one more."""
    clerk = make(monthly_emails=1, mails_over_cap="created_without_mail")
    clerk.post(BULK, _people("a", "b", "c"))
    clerk.backend.change_settings({"monthly_emails": 2, "mails_over_cap": "400 dev_monthly_email_limit_exceeded"})
    assert [clerk.ask("POST", BULK, _people(name)).status for name in ("d", "e")] == [200, 400]


def test_a_restart_keeps_role_sets_and_the_months_mails(make: Any, tmp_path: Path) -> None:
    """What an organization may give and what was mailed this month are part of the saved state."""
    settings = Settings(monthly_emails=1)
    before = make(monthly_emails=1)
    before.backend.seed(
        {
            "role_sets": [{"key": "role_set:small", "roles": ["org:member"]}],
            "organizations": [{"id": "org_acme", "role_set_key": "role_set:small"}],
        }
    )
    before.backend.state_file = tmp_path / "state.json"
    before.post(BULK, _people("a"))
    before.backend.save()
    backend = Backend(limits="off", clock=before.clock, settings=settings, state=tmp_path / "state.json")
    after = type(before)(backend, before.clock)
    assert after.refusal("POST", BULK, _people("b"))[0] == 400
    assert after.refusal("POST", ORG_BULK, _people("b", role="org:admin", notify=False))[0] == 404
    assert after.ask("POST", ORG_BULK, _people("b", role="org:member", notify=False)).status == 200


@pytest.mark.parametrize(("answer", "status"), [("no", 200), ("yes", 400)])
def test_test_address_mails(make: Any, answer: str, status: int) -> None:
    """Invitations to +clerk_test addresses use up e-mails of the month, or do not."""
    clerk = make(monthly_emails=1, test_address_mails=answer)
    clerk.post(BULK, _people("a+clerk_test"))
    assert clerk.ask("POST", BULK, _people("b+clerk_test")).status == status
