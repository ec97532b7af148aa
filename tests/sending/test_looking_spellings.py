"""Looking for people whose addresses Clerk may spell otherwise: nobody is hidden, and nobody taken for another."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from lookers import APPLICATION, CROWD, Changed, invitations, rows_of, where
from stage import ACME, Between, Stage

from clerkbulk.contract.target import Target
from clerkbulk.sending.before.looking import look, preflight


@pytest.mark.parametrize("target", [APPLICATION, ACME], ids=["application", "organization"])
@pytest.mark.parametrize("crowd", [[], CROWD], ids=["a call's rows", "many rows"])
def test_case_and_the_spelling_of_a_domain_do_not_hide_anybody(
    tmp_path: Path, target: Target, crowd: list[str]
) -> None:
    """As typed in the table, and as Clerk may have stored it."""
    stage = Stage(tmp_path)
    where_to = {} if target == APPLICATION else {"organization_id": "org_acme"}
    stage.backend.seed(
        {
            "invitations": [
                *invitations(["Pending@Example.COM", "umlaut@xn--bcher-kva.example"], **where_to),
                *invitations(["Revoked@BÜCHER.example"], "revoked", **where_to),
            ],
            "users": [{"id": "user_x", "email_address": "There@xn--BCHER-KVA.example"}],
            "memberships": [{"organization_id": "org_acme", "user_id": "user_x"}],
        }
    )
    typed = ["pENDING@example.com", "Umlaut@bücher.example", "revoked@xn--bcher-kva.example", "THERE@Bücher.example"]
    with stage.client() as client:
        found = preflight(client, target, rows_of([*typed, *crowd], target))
    assert {key: bucket for key, bucket in where(found).items() if bucket != "ready"} == {
        "pending@example.com": "already_invited",
        "umlaut@xn--bcher-kva.example": "already_invited",
        "revoked@xn--bcher-kva.example": "invited_before",
        "there@xn--bcher-kva.example": "already_user" if target == APPLICATION else "already_member",
    }


def ascii_domains(response: httpx.Response) -> httpx.Response:
    """Answer as an instance that keeps domains in their ASCII spelling."""
    return httpx.Response(response.status_code, text=response.text.replace("bücher", "xn--bcher-kva"))


def test_addresses_are_asked_for_in_both_spellings_of_their_domain(tmp_path: Path) -> None:
    """Clerk does not say which one it keeps: in users and, for a call's rows, in the list of invitations."""
    stage, asked = Stage(tmp_path), list[tuple[str, list[str]]]()

    def note(request: httpx.Request) -> None:
        params = request.url.params
        asked.append((request.url.path, params.get_list("email_address") + params.get_list("query")))

    with stage.client(Changed(Between(stage.backend.transport(), note), ascii_domains)) as client:
        look(client, APPLICATION, rows_of(["ada@bücher.example"]))
    both = ["ada@bücher.example", "ada@xn--bcher-kva.example"]
    assert ("/v1/users", both) in asked
    assert {address for path, (address, *_) in asked if path == "/v1/invitations"} == set(both)


@pytest.mark.parametrize("list_query", ["partial", "exact"])
def test_a_part_of_an_address_is_not_taken_for_the_address(tmp_path: Path, list_query: str) -> None:
    """Clerk does not say whether query matches in part: whoever's address contains another one is somebody else."""
    stage = Stage(tmp_path, list_query=list_query)
    nearly = [
        *invitations(["nada@example.com", "ada@example.com.example.net"]),
        *invitations(["ada@example.co"], "revoked"),
    ]
    stage.backend.seed({"invitations": nearly})
    with stage.client() as client:
        seen = look(client, APPLICATION, rows_of(["ada@example.com", "da@example.co"]))
    assert (seen.pending, seen.before) == (frozenset(), {})
