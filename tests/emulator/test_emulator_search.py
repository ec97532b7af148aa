"""Searching the invitations by a part of the address: quick, and the same as looking at each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clerkbulk.emulator.invitation import Invitation, Invitations

ADDRESSES = st.text(alphabet="ab@.", max_size=5)


def invitation(number: int, address: str) -> Invitation:
    """Return an invitation to an address, whatever it looks like."""
    return Invitation(
        id=f"inv_{number}", email_address=address, status="pending", ticket="", created_at=number, updated_at=number,
        expires_at=number, public_metadata={},
    )  # fmt: skip


@given(st.lists(st.one_of(ADDRESSES, st.just("A@b")), max_size=12), st.lists(st.text(alphabet="ab@.\n", max_size=4)))
def test_a_search_finds_what_looking_at_each_finds(addresses: list[str], queries: list[str]) -> None:
    """Whole or in part, in any case, after each invitation that is added, and with the newest state of each."""
    kind = Invitations()
    for number, address in enumerate(addresses):
        kind.put(invitation(number, address))
        kind.put(invitation(number, address).ended("revoked", number))
        for query in [*queries, address, f"inv_{number}"]:
            part = [one for one in kind if query.lower() in one.email_address.lower() or one.id == query]
            whole = [one for one in kind if query.lower() == one.email_address.lower() or one.id == query]
            assert kind.found_by(query, partly=True) == part
            assert kind.found_by(query, partly=False) == whole
