"""Where to: the application, or an organization by its id, by its slug, or out of those seen before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from seeing import has, named, press, sees

import clerkbulk as cb
from clerkbulk.emulator.instance import Settings
from clerkbulk.sending.before.organization import FoundOrganization, used_organizations
from clerkbulk.widgets.access import Access
from clerkbulk.widgets.bulk_invite import BulkInvite, BulkInvitePart
from clerkbulk.widgets.columns_step import ColumnsPart
from clerkbulk.widgets.draft import Draft
from clerkbulk.widgets.upload import UploadedFile

PEOPLE = "email,role\nada@example.com,org:member\nbob@example.com,org:member\n"
ACME = {"id": "org_acme", "name": "Acme", "slug": "acme", "max_allowed_memberships": 50}
KEY = "sk_test_fakeplanted"


@pytest.fixture(scope="module")
def running() -> Iterator[cb.Emulator]:
    with cb.Emulator(limits="off") as emulator:
        yield emulator


@pytest.fixture
def clerk(running: cb.Emulator) -> cb.Emulator:
    running.reset()
    running.seed({"organizations": [ACME, {"id": "org_zeta", "name": "Zeta"}]})
    return running


@pytest.fixture
def part(clerk: cb.Emulator) -> Iterator[ColumnsPart]:
    with clerk.client(KEY) as client:
        yield columns(Access(client))


def columns(access: Access, used: tuple[str, ...] = ()) -> ColumnsPart:
    draft = Draft()
    draft.take(PEOPLE)
    return ColumnsPart(draft, access, used)


def hear(part: ColumnsPart, name: str, value: Any) -> None:
    part.hear(name, value)
    part.errands.wait()


def find(part: ColumnsPart) -> None:
    press(part, "Look it up")
    part.errands.wait()


def test_without_a_key_an_id_is_typed(tmp_path: Path) -> None:
    """A wrong one is said beside the field; nothing goes on while it is not said which organization is meant."""
    part = columns(Access(environ={}))
    part.hear("target", "organization")
    assert not part.where_to.is_settled
    part.hear("organization", "acme")
    assert "is not an organization id" in named(part, "organization")["error"]
    assert not part.where_to.is_settled
    part.hear("organization", " org_2abc ")
    assert part.where_to.is_settled
    assert part.draft.target == cb.Organization("org_2abc")
    part.hear("target", "application")
    assert part.draft.target == cb.Application()
    assert part.where_to.is_settled
    assert not has(part, "organization")


@pytest.mark.parametrize("typed", ["acme", "org_acme"])
def test_an_id_or_a_slug_is_looked_up_and_shown(part: ColumnsPart, clerk: cb.Emulator, typed: str) -> None:
    """Its name, its members, its limit; what it goes to is the id."""
    clerk.seed({"users": [{"id": "user_eve", "email_address": "eve@example.com"}]})
    clerk.seed({"memberships": [{"organization_id": "org_acme", "user_id": "user_eve", "role": "org:member"}]})
    hear(part, "target", "organization")
    hear(part, "organization", typed)
    assert not sees(part, "Acme (org_acme): ")
    find(part)
    assert sees(part, "Acme (org_acme): 1 member, at most 50 of both.")
    assert part.draft.target == cb.Organization("org_acme")
    assert named(part, "organization")["value"] == "org_acme"
    press(part, "Look again")
    part.errands.wait()
    hear(part, "organization", "org_zeta")
    assert not sees(part, "Acme (org_acme): "), "it is of another one"


def test_an_organization_that_is_not_there_is_said_and_nothing_goes_on(part: ColumnsPart) -> None:
    """In plain words; another that was meant before is not taken in its place."""
    hear(part, "organization", "org_acme")
    hear(part, "target", "organization")
    hear(part, "organization", "acne")
    find(part)
    assert sees(part, "There is no organization with the id or slug acne in the instance of this key")
    assert not sees(part, "should it be a slug"), "it was looked up"
    assert not part.where_to.is_settled
    hear(part, "organization", "acme corp")
    find(part)
    assert sees(part, "'acme corp' is not an id or slug of Clerk's.")


def test_what_clerk_refuses_is_in_plain_words() -> None:
    """Organizations that are switched off."""
    with cb.Emulator(settings=Settings(organizations_enabled=False)) as clerk, clerk.client(KEY) as client:
        part = columns(Access(client))
        hear(part, "target", "organization")
        hear(part, "organization", "acme")
        find(part)
        assert sees(part, "Clerk does not show the organization acme: organizations are switched off.")


def test_organizations_seen_before_are_chosen_by_name(part: ColumnsPart, clerk: cb.Emulator) -> None:
    """Those of invitations by name, those of the ledger by id; one that is chosen is looked up at once."""
    clerk.seed(
        {"invitations": [{"email_address": "x@example.com", "organization_id": "org_zeta", "role": "org:member"}]}
    )
    part.where_to.used = ("org_acme", "org_zeta")
    assert clerk.calls() == [], "nothing is read before somebody wants an organization"
    hear(part, "target", "organization")
    assert named(part, "seen_organization")["options"] == [
        ["", "choose one …"], ["org_zeta", "Zeta (org_zeta)"], ["org_acme", "org_acme"],
    ]  # fmt: skip
    assert "x@example.com" not in str(part.view())
    hear(part, "seen_organization", "org_acme")
    assert sees(part, "Acme (org_acme): 0 members")
    assert part.draft.target == cb.Organization("org_acme")


def test_a_key_given_here_opens_the_list_and_is_nowhere(clerk: cb.Emulator) -> None:
    """It is asked for where it helps, and kept as everywhere in the forms."""
    part = columns(Access(environ={"CLERK_API_URL": clerk.url}))
    hear(part, "target", "organization")
    assert not has(part, "find_organization")
    hear(part, "secret_key", KEY)
    assert has(part, "find_organization")
    assert "fakeplanted" not in str(part.view())
    part.where_to.access.forget()


def test_a_form_goes_on_only_where_it_is_said(clerk: cb.Emulator, tmp_path: Path) -> None:
    """The next steps are closed until the organization is named; the ledger's organizations are offered."""
    with clerk.client(KEY) as client, cb.Ledger(tmp_path / "a.db", clock=None) as ledger:
        ledger.job(cb.check(PEOPLE, cb.Organization("org_zeta")))
        assert used_organizations(ledger) == ("org_zeta",)
        form = BulkInvite(PEOPLE, ledger=ledger, client=client)
        assert isinstance(form.part, BulkInvitePart)
        columns_part = form.part.columns
        form.part.hear("target", "organization")
        columns_part.errands.wait()
        assert named(form.part, "next")["disabled"] is True
        assert named(form.part, "seen_organization")["options"][1] == ["org_zeta", "org_zeta"]
        form.part.hear("seen_organization", "org_zeta")
        columns_part.errands.wait()
        assert not named(form.part, "next").get("disabled")


def test_a_job_file_says_where_to(part: ColumnsPart, tmp_path: Path) -> None:
    """What was typed before it does not stand against it."""
    hear(part, "target", "organization")
    hear(part, "organization", "acme")
    path = tmp_path / "job.toml"
    path.write_text(part.draft.job_file().dump(), encoding="utf-8")
    hear(part, "load", UploadedFile(path, "job.toml", 1))
    assert part.where_to.is_settled
    assert named(part, "target")["value"] == "application"


@pytest.mark.parametrize(
    ("members", "pending", "most", "said"),
    [
        (1200, 3, 0, ": 1,200 members, 3 invitations pending, no limit of members."),
        (1, 1, 5, ": 1 member, 1 invitation pending, at most 5 of both."),
        (None, None, None, "."),
    ],
)
def test_an_organization_is_said_in_a_sentence(
    members: int | None, pending: int | None, most: int | None, said: str
) -> None:
    """What Clerk did not tell is not said; 0 is no limit."""
    found = FoundOrganization("org_a", "A", None, members, pending, most)
    assert found.sentence == f"A (org_a){said}"
