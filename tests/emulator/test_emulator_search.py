"""Searching the invitations by a part of the address: quick, and the same as looking at each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clerkbulk.emulator.invitation import Invitation, Invitations

ADDRESSES = st.one_of(st.text(alphabet="ab@", max_size=9), st.text(alphabet="ab", min_size=9, max_size=20))


def invitation(number: int, address: str) -> Invitation:
    """Return an invitation to an address, whatever it looks like."""
    return Invitation(
        id=f"inv_{number}", email_address=address, status="pending", ticket="", created_at=number, updated_at=number,
        expires_at=number, public_metadata={},
    )  # fmt: skip


@given(
    st.lists(st.one_of(ADDRESSES, st.just("A@b")), max_size=12),
    st.lists(st.text(alphabet="ab@\n", max_size=7), max_size=12),
)
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


def test_all_the_letters_of_a_search_stand_in_a_row() -> None:
    """Who has the same letters in two places is not found."""
    kind = Invitations()
    addresses = ["ada.b@example.com", "da.bo@example.com", "ada.da.bo@example.com", "ada.bo@x.com"]
    for number, address in enumerate(addresses):
        kind.put(invitation(number, address))
    assert [one.id for one in kind.found_by("ada.bo@", partly=True)] == ["inv_3"]
    assert [one.id for one in kind.found_by("da.bo@example.com", partly=True)] == ["inv_1", "inv_2"]
    assert [one.id for one in kind.found_by("da.bo@example.com", partly=False)] == ["inv_1"]
