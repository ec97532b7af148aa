"""The reads before sending: what is found, and how few reads find it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from lookers import APPLICATION, CROWD, DAY, NOW, Changed, gets, invitations, rows_of, where
from stage import ACME, Between, Stage, people

import clerkbulk as cb
from clerkbulk.contract.target import Target
from clerkbulk.errors import ClerkRefused, KeyRefused
from clerkbulk.sending.before.looking import look, passengers_of, preflight
from clerkbulk.sending.before.preflight import Bucket, Decision, Policy, Preflight, Seen
from clerkbulk.sending.verdict import Passenger


def test_every_bucket_of_the_application_is_found(tmp_path: Path) -> None:
    """A seeded instance: users by any of their addresses, pending, revoked, expired; what was accepted is no matter."""
    stage = Stage(tmp_path)
    stage.backend.seed(
        {
            "users": [
                {"email_address": "user@example.com"},
                {"email_addresses": ["first@example.net", "second@example.com"]},
                {"email_address": "stranger@example.net"},
            ],
            "invitations": [
                *invitations(["pending@example.com", "ignored@example.com", "stranger2@example.net"]),
                *invitations(["revoked@example.com"], "revoked"),
                *invitations(["expired@example.com"], "expired"),
                *invitations(["accepted@example.com"], "accepted"),
            ],
        }
    )
    addresses = ["user", "second", "pending", "revoked", "expired", "accepted", "cooling", "suppressed"]
    rows = rows_of([*(f"{name}@example.com" for name in addresses), "ada@example.org", *CROWD])
    rows += rows_of(["ignored@example.com"], ignore_existing=True)
    policy = Policy(suppressed=frozenset({"suppressed@example.com"}), allowed_domains=frozenset({"example.com"}))
    with stage.client() as client:
        found = preflight(client, APPLICATION, rows, policy, cooling=["cooling@example.com"])
    assert {key: bucket for key, bucket in where(found).items() if bucket != "ready"} == {
        "user@example.com": "already_user",
        "second@example.com": "already_user",
        "pending@example.com": "already_invited",
        "revoked@example.com": "invited_before",
        "expired@example.com": "invited_before",
        "cooling@example.com": "cooling_down",
        "suppressed@example.com": "suppressed",
        "ada@example.org": "outside_domains",
    }
    assert len(found.in_bucket(Bucket.READY)) == len(CROWD) + 2
    assert found.reads == 3 == len(gets(stage))


def acme(stage: Stage, **organization: Any) -> None:
    """Fill an organization: an administrator, a member with two addresses, invitations of every status."""
    stage.backend.seed(
        {
            "organizations": [{"id": "org_acme", "name": "Acme", **organization}, {"id": "org_other", "name": "Other"}],
            "roles": [{"key": "org:hr", "permissions": ["org:sys_memberships:manage"]}],
            "users": [
                {"id": "user_admin", "email_address": "admin@example.com"},
                {"id": "user_two", "email_addresses": ["first@example.net", "second@example.com"]},
                {"id": "user_hr", "email_address": "hr@example.com"},
                {"id": "user_outside", "email_address": "outside@example.com"},
            ],
            "memberships": [
                {"organization_id": "org_acme", "user_id": "user_admin", "role": "org:admin"},
                {"organization_id": "org_acme", "user_id": "user_two", "role": "org:member"},
                {"organization_id": "org_acme", "user_id": "user_hr", "role": "org:hr"},
                {"organization_id": "org_other", "user_id": "user_outside", "role": "org:admin"},
            ],
            "invitations": [
                *invitations(["pending@example.com"], organization_id="org_acme"),
                *invitations(["revoked@example.com"], "revoked", organization_id="org_acme"),
                *invitations(["expired@example.com"], "expired", organization_id="org_acme"),
                *invitations(["accepted@example.com"], "accepted", organization_id="org_acme"),
                *invitations(["elsewhere@example.com"], organization_id="org_other"),
                *invitations(["application@example.com"]),
            ],
        }
    )


def test_every_bucket_of_an_organization_is_found(tmp_path: Path) -> None:
    """Members by any of their addresses; other organizations and the application are no matter; roles and inviters."""
    stage = Stage(tmp_path)
    acme(stage)
    names = ["admin", "second", "pending", "revoked", "expired", "accepted", "elsewhere", "application", "outside"]
    rows = rows_of([*(f"{name}@example.com" for name in names), *CROWD], ACME)
    rows += rows_of(["nurse@example.com"], ACME, role="org:nurse")
    for user in ("admin", "two", "hr", "outside", "nobody"):
        rows += rows_of([f"by_{user}@example.com"], ACME, inviter_user_id=f"user_{user}")
    with stage.client() as client:
        found = preflight(client, ACME, rows)
    assert {key: bucket for key, bucket in where(found).items() if bucket != "ready"} == {
        "admin@example.com": "already_member",
        "second@example.com": "already_member",
        "pending@example.com": "already_invited",
        "revoked@example.com": "invited_before",
        "expired@example.com": "invited_before",
        "nurse@example.com": "role_unknown",
        "by_two@example.com": "inviter_unfit",
        "by_outside@example.com": "inviter_unfit",
        "by_nobody@example.com": "inviter_unfit",
    }
    # Invitations of three statuses, members, the one with another first address, roles, inviters, the organization.
    assert found.reads == 8 == len(gets(stage))


@pytest.mark.parametrize(("most", "seats"), [(0, None), (3, 0), (4, 0), (5, 1), (24, 20)])
def test_seats_are_what_members_and_pending_invitations_leave(tmp_path: Path, most: int, seats: int | None) -> None:
    """Three members and one pending invitation; an organization that is over its limit has none, not fewer."""
    stage = Stage(tmp_path)
    acme(stage, max_allowed_memberships=most)
    with stage.client() as client:
        assert look(client, ACME, rows_of(CROWD, ACME)).seats == seats
        assert look(client, ACME, rows_of(["pending@example.com"], ACME)).seats == seats
        found = preflight(client, ACME, rows_of(CROWD, ACME))
    assert len(found.in_bucket(Bucket.NO_SEAT)) == (0 if seats is None else len(CROWD) - seats)


def without(name: str) -> Callable[[httpx.Response], httpx.Response]:
    """Return what takes a field out of every object that is read."""

    def change(response: httpx.Response) -> httpx.Response:
        document = response.json()
        if isinstance(document, dict):
            document.pop(name, None)
        return httpx.Response(response.status_code, json=document)

    return change


def test_pending_invitations_are_counted_where_the_organization_does_not_tell(tmp_path: Path) -> None:
    """pending_invitations_count is not required by the schema: the list that is read anyway shows them too."""
    stage = Stage(tmp_path)
    acme(stage, max_allowed_memberships=5)
    with stage.client(Changed(stage.backend.transport(), without("pending_invitations_count"))) as client:
        assert look(client, ACME, rows_of(CROWD, ACME)).seats == 1


@pytest.mark.parametrize(
    ("target", "number", "invited", "most"),
    [
        (APPLICATION, 11, 0, 3), (APPLICATION, 100, 0, 3), (APPLICATION, 101, 499, 4), (APPLICATION, 1000, 1200, 15),
        (ACME, 11, 0, 6), (ACME, 100, 0, 6), (ACME, 101, 499, 7), (ACME, 1000, 1200, 17),
    ],
)  # fmt: skip
def test_a_hundred_addresses_are_looked_at_in_a_read(
    tmp_path: Path, target: Target, number: int, invited: int, most: int
) -> None:
    """n/100 reads and the pages of each status; two more for an organization and its roles."""
    stage = Stage(tmp_path)
    where_to = {} if target == APPLICATION else {"organization_id": "org_acme"}
    crowd = people(invited, first=500)
    stage.backend.seed({"invitations": invitations(crowd, **where_to)})
    with stage.client() as client:
        before = client.reads
        found = preflight(client, target, rows_of(people(number), target))
        assert found.reads == client.reads - before == len(gets(stage))
    assert found.reads <= most
    assert len(found.in_bucket(Bucket.ALREADY_INVITED)) == max(0, min(number - 499, invited))


@pytest.mark.parametrize("target", [APPLICATION, ACME], ids=["application", "organization"])
def test_lists_longer_than_a_page_are_read_to_their_end(tmp_path: Path, target: Target) -> None:
    """1,201 pending and 501 revoked invitations: the first and the last of each are found."""
    stage = Stage(tmp_path)
    where_to = {} if target == APPLICATION else {"organization_id": "org_acme"}
    pending, revoked = people(1201), people(501, first=2001)
    stage.backend.seed(
        {"invitations": [*invitations(pending, **where_to), *invitations(revoked, "revoked", **where_to)]}
    )
    with stage.client(key="sk_live_fake") as client:
        found = preflight(client, target, rows_of([*pending, *revoked, "new@example.com"], target))
    assert len(found.in_bucket(Bucket.READY)) == 1
    assert [len(found.in_bucket(bucket)) for bucket in (Bucket.ALREADY_INVITED, Bucket.INVITED_BEFORE)] == [1201, 501]


@pytest.mark.parametrize("target", [APPLICATION, ACME], ids=["application", "organization"])
@pytest.mark.parametrize(("number", "narrow"), [(1, True), (10, True), (11, False)])
def test_the_rows_of_a_call_are_asked_for_one_by_one(tmp_path: Path, target: Target, number: int, narrow: bool) -> None:
    """Up to ten rows cost two or three reads each, however long the list is; more are looked for in the whole list."""
    stage, listed = Stage(tmp_path), list[dict[str, str]]()
    where_to = {} if target == APPLICATION else {"organization_id": "org_acme"}
    stage.backend.seed({"invitations": invitations(people(2999, first=5), **where_to)})

    def note(request: httpx.Request) -> None:
        if request.url.path.endswith("/invitations"):
            listed.append(dict(request.url.params))

    with stage.client(Between(stage.backend.transport(), note)) as client:
        found = preflight(client, target, rows_of(people(number), target))
    assert len(found.in_bucket(Bucket.ALREADY_INVITED)) == max(0, number - 4)
    name = "query" if target == APPLICATION else "email_address"
    addresses = {params.get(name) for params in listed}
    assert addresses == (set(people(number)) if narrow else {None})
    pages = number if narrow else 6  # of five hundred
    empty = number if narrow else 1
    assert len(listed) == pages + empty * (1 if target == APPLICATION else 2)


@pytest.mark.parametrize("target", [APPLICATION, ACME], ids=["application", "organization"])
@pytest.mark.parametrize("crowd", [[], CROWD], ids=["a call's rows", "many rows"])
def test_the_newest_status_of_earlier_invitations_is_kept(tmp_path: Path, target: Target, crowd: list[str]) -> None:
    """Revoked, then expired, or the other way round; a pending one is pending whatever was before it."""
    stage = Stage(tmp_path)
    where_to = {} if target == APPLICATION else {"organization_id": "org_acme"}
    old, new = {"created_at": NOW - 80 * DAY, **where_to}, {"created_at": NOW - 40 * DAY, **where_to}
    ada, bob, eve = ["ada@example.com"], ["bob@example.com"], ["eve@example.com"]
    stage.backend.seed(
        {
            "invitations": [
                *invitations(ada, "expired", **new), *invitations(ada, "revoked", **old),
                *invitations(bob, "revoked", **new), *invitations(bob, "expired", **old),
                *invitations(eve, "revoked", **new), *invitations(eve, **where_to),
            ]
        }
    )  # fmt: skip
    with stage.client() as client:
        found = preflight(client, target, rows_of([*ada, *bob, *eve, *crowd], target))
        seen = look(client, target, rows_of([*ada, *bob, *eve, *crowd], target))
    assert seen.before == {"ada@example.com": "expired", "bob@example.com": "revoked", "eve@example.com": "revoked"}
    assert seen.pending == {"eve@example.com"}
    assert {key: bucket for key, bucket in where(found).items() if bucket != "ready"} == {
        "ada@example.com": "invited_before",
        "bob@example.com": "invited_before",
        "eve@example.com": "already_invited",
    }


def test_lists_are_asked_for_one_status_at_a_time(tmp_path: Path) -> None:
    """The schema has one value; the application's list leaves the revoked ones out unless they are asked for."""
    stage, asked = Stage(tmp_path), list[tuple[str, list[str]]]()

    def note(request: httpx.Request) -> None:
        if request.url.path.endswith("invitations"):
            asked.append((request.url.path, request.url.params.get_list("status")))

    with stage.client(Between(stage.backend.transport(), note)) as client:
        look(client, APPLICATION, rows_of(CROWD))
        look(client, ACME, rows_of(CROWD, ACME))
    assert asked == [
        ("/v1/invitations", []),
        ("/v1/invitations", ["revoked"]),
        ("/v1/organizations/org_acme/invitations", ["pending"]),
        ("/v1/organizations/org_acme/invitations", ["expired"]),
        ("/v1/organizations/org_acme/invitations", ["revoked"]),
    ]


def test_nobody_is_looked_for_without_a_read(tmp_path: Path) -> None:
    """An empty table costs nothing."""
    stage = Stage(tmp_path)
    with stage.client() as client:
        assert preflight(client, ACME, []) == Preflight({}, Policy(), 0)
    assert gets(stage) == []


def test_the_key_says_whether_e_mails_are_counted(tmp_path: Path) -> None:
    """sk_test_ is a development instance with a hundred e-mails a month, sk_live_ is none."""
    stage = Stage(tmp_path)
    rows = rows_of(people(120))
    with stage.client() as client, stage.client(key="sk_live_fake") as live:
        assert len(preflight(client, APPLICATION, rows).in_bucket(Bucket.OVER_EMAIL_CAP)) == 20
        assert preflight(live, APPLICATION, rows).to_do(Decision.ASK) == ()


def test_what_preflight_finds_is_what_clerk_would_refuse(tmp_path: Path) -> None:
    """Whoever is ready can be invited in full calls, none of which is refused."""
    stage = Stage(tmp_path)
    acme(stage)
    names = ["admin", "second", "pending", "revoked", "expired", "accepted", "elsewhere", "outside"]
    rows = rows_of([*(f"{name}@example.com" for name in names), *people(40)], ACME)
    with stage.client() as client:
        found = preflight(client, ACME, rows, Policy({Bucket.INVITED_BEFORE: Decision.SEND}))
        going = [dict(row.item) for bucket in found.to_do(Decision.SEND) for row in found.in_bucket(bucket)]
        answers = [client.create(ACME, going[at : at + 10]).status for at in range(0, len(going), 10)]
        left_out = [dict(row.item) for bucket in found.to_do(Decision.SKIP) for row in found.in_bucket(bucket)]
        refused = [client.create(ACME, [item]).status for item in left_out]
    assert (answers, refused) == ([200] * 5, [400] * 3)


@pytest.mark.parametrize(
    ("fault", "error"),
    [({"do": "status", "status": 403}, ClerkRefused), ({"do": "status", "status": 401}, KeyRefused)],
)
def test_a_look_that_fails_says_so(tmp_path: Path, fault: dict[str, Any], error: type[Exception]) -> None:
    """A list that cannot be read is never an empty one."""
    stage = Stage(tmp_path)
    stage.backend.faults([{**fault, "path": "/v1/users"}])
    with stage.client() as client, pytest.raises(error):
        preflight(client, APPLICATION, rows_of(CROWD))


def test_repeated_reads_are_counted(tmp_path: Path) -> None:
    """client.reads counts every GET that left, those repeated after a 503 too; creating is none."""
    stage = Stage(tmp_path)
    stage.backend.faults([{"do": "status", "status": 503, "times": 2}])
    with stage.client() as client:
        assert client.reads == 0
        client.instance()
        assert client.reads == 3
        client.create(APPLICATION, [{"email_address": "ada@example.com"}])
        assert client.reads == 3


def test_members_and_users_are_read_by_address_and_by_id_a_hundred_at_a_time(tmp_path: Path) -> None:
    """user_ids narrows both lists, beside the addresses or alone; nobody asked for is nobody read."""
    stage = Stage(tmp_path)
    acme(stage)
    with stage.client() as client:
        users = ["user_two", *(f"user_{place}" for place in range(150)), "user_hr"]
        assert [user["id"] for user in client.users(user_ids=users)] == ["user_two", "user_hr"]
        found = client.memberships("org_acme", user_ids=users)
        assert [member["public_user_data"]["user_id"] for member in found] == ["user_two", "user_hr"]
        assert client.reads == 4
        assert [user["id"] for user in client.users(["hr@example.com"], user_ids=["user_two"])] == [
            "user_hr",
            "user_two",
        ]
        assert list(client.users()) == list(client.memberships("org_acme", [])) == []
        assert len(list(client.memberships("org_acme"))) == 3


def test_a_checked_table_s_rows_keep_line_key_and_parameters() -> None:
    """What travels is what was checked."""
    table = cb.check([{"email": "Ada@Bücher.example"}, {"email": "nobody"}, {"email": "bob@example.com"}])
    assert passengers_of(table) == [
        Passenger(table.lines[0], "ada@xn--bcher-kva.example", {"email_address": "ada@bücher.example"}),
        Passenger(table.lines[1], "bob@example.com", {"email_address": "bob@example.com"}),
    ]


def test_the_application_has_neither_roles_nor_inviters_nor_seats(tmp_path: Path) -> None:
    """What is not looked at is None, and finds nothing."""
    stage = Stage(tmp_path)
    with stage.client() as client:
        assert look(client, APPLICATION, rows_of(["ada@example.com"])) == Seen(reads=3)
    assert gets(stage) == ["/v1/invitations", "/v1/invitations", "/v1/users"]
