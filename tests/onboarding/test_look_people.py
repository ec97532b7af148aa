"""Looking for the people of a ledger: by address where they are few, out of the whole list where they are many."""

from __future__ import annotations

import pytest
from lookout import ACME, APP, DAY, INSTANCE, Lookout

from clerkbulk.contract.address import address_key
from clerkbulk.contract.target import Target
from clerkbulk.onboarding.looking.look import complete_looks, part_of
from clerkbulk.sending import seen

BOTH = pytest.mark.parametrize("target", [APP, ACME], ids=["application", "organization"])
MANY = [f"p{number}@example.com" for number in range(30)]


@BOTH
def test_a_few_are_asked_for_by_address(target: Target) -> None:
    """However long the list is: two or four reads a person. Others are not written down, though Clerk finds them."""
    out = Lookout()
    out.invite("da@example.com", "ada@example.com", "bob@example.com", target=target)
    if target == ACME:
        out.backend.accept({"email_address": "ada@example.com", "organization_id": "org_acme"})
        out.backend.accept({"email_address": "bob@example.com", "organization_id": "org_acme"})
    first = out.look(target, whom=["da@example.com", "nobody@example.com"])
    lists = [call for call in first.calls if call["path"].endswith("invitations")]
    assert len(lists) == (4 if target == APP else 8)
    assert out.by_address() == {"da@example.com": "pending"}
    assert out.table(seen.membership) == []
    out.clock.advance(DAY)
    truth = out.clock.now()
    out.backend.accept({"email_address": "da@example.com"})
    out.clock.advance(DAY)
    out.look(target, whom=["da@example.com", "nobody@example.com"])
    assert out.by_address() == {"da@example.com": "accepted"}
    low, high = out.bracket("da@example.com")
    assert low <= truth <= high
    assert {row["key"] for row in out.table(seen.address)} == {"da@example.com"}
    assert {row["key"] for row in out.table(seen.membership)} == ({"da@example.com"} if target == ACME else set())


@BOTH
def test_many_are_found_in_the_whole_list_and_nobody_else_is_written_down(target: Target) -> None:
    """Thirty people among sixty: no address is asked for, and sixty are not kept."""
    out = Lookout()
    out.invite(*MANY, *[f"other-{number}@example.com" for number in range(30)], target=target)
    first = out.look(target, whom=MANY)
    lists = [call for call in first.calls if call["path"].endswith("invitations")]
    assert len(lists) == 4
    assert all({"query", "email_address"}.isdisjoint(dict(call["query"])) for call in lists)
    assert set(out.by_address()) == set(MANY)


def test_somebody_who_is_added_is_looked_up_in_full() -> None:
    """What is new since the last look is too little for people that one was not about: they may have ended before."""
    out = Lookout()
    out.invite(*MANY, expires_in_days=1)
    out.invite("late@example.com", expires_in_days=1)
    out.clock.advance(2 * DAY)
    others = [f"other-{number}@example.com" for number in range(600)]
    out.invite(*others, status="expired", created_at=int(out.clock.now() * 1000))
    out.clock.advance(DAY)
    out.look(whom=MANY)
    assert set(out.by_address()) == set(MANY)
    out.clock.advance(DAY)
    out.look(whom=[*MANY, "late@example.com"])
    assert out.by_address() == {**dict.fromkeys(MANY, "expired"), "late@example.com": "expired"}
    out.clock.advance(DAY)
    assert out.look(whom=MANY).reads <= 5


def test_a_look_at_some_says_nothing_of_others() -> None:
    """It counts as complete for exactly the people it was about; one at everybody counts for all."""
    out = Lookout()
    out.invite(*MANY)
    out.look(whom=MANY)
    out.look(whom=MANY[:2])
    with out.begin() as connection:
        found = [
            len(complete_looks(connection, INSTANCE, part_of(APP), whom))
            for whom in (None, MANY, MANY[:2], list(reversed(MANY[:2])), MANY[:3])
        ]
    out.look()
    with out.begin() as connection:
        assert len(complete_looks(connection, INSTANCE, part_of(APP), MANY[:3])) == 1
    assert found == [1, 1, 1, 1, 0]


def test_both_spellings_of_a_domain_are_one_person() -> None:
    """Asked for in letters and in ASCII, because nobody says which one Clerk finds."""
    out = Lookout()
    key = address_key("ada@bücher.example")
    assert key == "ada@xn--bcher-kva.example"
    out.invite("ada@bücher.example")
    first = out.look(whom=[key])
    asked = {query.get("query") for query in first.queries("/v1/invitations")}
    assert asked == {key, "ada@bücher.example"}
    assert out.by_address() == {key: "pending"}


def test_addresses_are_asked_for_a_hundred_a_call_at_first_and_what_is_new_later() -> None:
    """Of 1,000 people ten calls, then three: made since, active since, signed in since."""
    out = Lookout()
    people = [f"p{number}@example.com" for number in range(1000)]
    out.backend.seed({"users": [{"email_address": person} for person in people[:700]]})
    out.clock.advance(DAY)
    first = out.look(whom=people)
    assert len(first.queries("/v1/users")) == 10
    assert len(out.table(seen.user)) == 700
    out.clock.advance(DAY)
    out.backend.seed({"users": [{"email_address": people[800]}, {"email_address": "other@example.com"}]})
    second = out.look(whom=people)
    asked = [set(query) - {"limit", "order_by"} for query in second.queries("/v1/users")]
    assert asked == [{"created_at_after"}, {"last_active_at_after"}, {"last_sign_in_at_after"}]
    assert len(out.table(seen.user)) == 701


def test_in_a_busy_instance_the_people_are_asked_for_themselves() -> None:
    """Where more goes on than a look at everybody would cost, the list of what is new is given up."""
    out = Lookout()
    people = [f"p{number}@example.com" for number in range(401)]
    out.look(whom=people)
    out.clock.advance(DAY)
    busy = int(out.clock.now() * 1000)
    out.backend.seed({"users": [{"email_address": f"o{number}@example.com"} for number in range(4000)]})
    out.backend.seed({"users": [{"email_address": people[0], "last_sign_in_at": busy, "last_active_at": busy}]})
    second = out.look(whom=people)
    assert len(second.queries("/v1/users")) == 10
    assert {row["key"] for row in out.table(seen.address)} == {people[0]}
    assert len(out.table(seen.user)) == 1


def test_a_member_whose_first_address_is_another_one_is_known_by_the_account() -> None:
    """Clerk shows a member by the first address; the invited one may be the second."""
    out = Lookout()
    out.backend.seed({"users": [{"id": "user_ada", "email_addresses": ["home@example.com", "ada@example.com"]}]})
    out.backend.seed({"memberships": [{"organization_id": "org_acme", "user_id": "user_ada"}]})
    out.look(ACME, whom=["ada@example.com"])
    (row,) = out.table(seen.membership)
    assert (row["user_id"], row["key"]) == ("user_ada", "home@example.com")
    assert [row["key"] for row in out.table(seen.address)] == ["ada@example.com"]


def test_nobody_to_look_for_is_no_work() -> None:
    """An empty table of people costs no read of users, and is a complete look."""
    out = Lookout()
    out.invite(*MANY)
    assert out.look(whom=[]).reads == 0
    assert out.table(seen.invitation) == []
