"""Which bucket a row falls into, from what was seen and what its owner says; and the lists an owner gives."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkbulk.contract.address import AddressError
from clerkbulk.errors import InputError
from clerkbulk.sending.before.preflight import (
    MEANINGS,
    Bucket,
    Decision,
    Policy,
    Preflight,
    Seen,
    assign,
    domain_key,
    suppression_list,
)
from clerkbulk.sending.verdict import Passenger

ADA = "ada@example.com"
ONLY_ORG = Policy(allowed_domains=frozenset({"example.org"}))
NOTHING, SAFE = Seen(), Policy()
SUPPRESSED = Policy(suppressed=frozenset({ADA}))


def row(key: str = ADA, line: int = 2, **item: Any) -> Passenger:
    """Return a row about to travel; keywords are further parameters of its invitation."""
    return Passenger(line, key, {"email_address": key, **item})


def rows(number: int, **item: Any) -> list[Passenger]:
    """Return so many rows, from line 2 on."""
    return [row(f"p{place}@example.com", place + 1, **item) for place in range(1, number + 1)]


def bucket_of(
    one: Passenger,
    seen: Seen = NOTHING,
    policy: Policy = SAFE,
    cooling: tuple[str, ...] = (),
    withdrawn: tuple[str, ...] = (),
) -> Bucket:
    """Return the bucket of a row that is alone."""
    (bucket,) = assign([one], seen, policy, cooling=cooling, withdrawn=withdrawn, environment="production")
    return bucket


def counts(found: dict[Bucket, tuple[Passenger, ...]]) -> dict[str, int]:
    """Return {bucket: rows}."""
    return {bucket.value: len(members) for bucket, members in found.items()}


SEEN = Seen(roles=frozenset({"org:member"}), inviters=frozenset({"user_admin"}))


@pytest.mark.parametrize(
    ("one", "seen", "policy", "cooling", "expected"),
    [
        (row(), Seen(), Policy(), (), Bucket.READY),
        # Domains and suppression: a domain stands for those below it, not for those that end alike.
        (row(), Seen(), ONLY_ORG, (), Bucket.OUTSIDE_DOMAINS),
        (row("ada@example.org"), Seen(), ONLY_ORG, (), Bucket.READY),
        (row("ada@mail.example.org"), Seen(), ONLY_ORG, (), Bucket.READY),
        (row("ada@notexample.org"), Seen(), ONLY_ORG, (), Bucket.OUTSIDE_DOMAINS),
        (row("ada@example.org.example.net"), Seen(), ONLY_ORG, (), Bucket.OUTSIDE_DOMAINS),
        (row(), Seen(), SUPPRESSED, (), Bucket.SUPPRESSED),
        (row("ada+1@example.com"), Seen(), SUPPRESSED, (), Bucket.READY),
        (row(), Seen(), Policy(suppressed=frozenset({"example.com"})), (), Bucket.SUPPRESSED),
        (row("ada@a.b.example.com"), Seen(), Policy(suppressed=frozenset({"example.com"})), (), Bucket.SUPPRESSED),
        (row("ada@anexample.com"), Seen(), Policy(suppressed=frozenset({"example.com"})), (), Bucket.READY),
        # Who is there already.
        (row(), Seen(members=frozenset({ADA})), Policy(), (), Bucket.ALREADY_MEMBER),
        (row(), Seen(users=frozenset({ADA})), Policy(), (), Bucket.ALREADY_USER),
        (row(), Seen(pending=frozenset({ADA})), Policy(), (), Bucket.ALREADY_INVITED),
        (row(ignore_existing=False), Seen(pending=frozenset({ADA})), Policy(), (), Bucket.ALREADY_INVITED),
        (row(ignore_existing=True), Seen(pending=frozenset({ADA})), Policy(), (), Bucket.READY),
        (row(ignore_existing=True), Seen(users=frozenset({ADA})), Policy(), (), Bucket.ALREADY_USER),
        (row(), Seen(), Policy(), (ADA,), Bucket.COOLING_DOWN),
        (row(ignore_existing=True), Seen(pending=frozenset({ADA})), Policy(), (ADA,), Bucket.COOLING_DOWN),
        # What would surely fail.
        (row(role="org:nurse"), SEEN, Policy(), (), Bucket.ROLE_UNKNOWN),
        (row(role="org:member"), SEEN, Policy(), (), Bucket.READY),
        (row(role="org:member", inviter_user_id="user_nobody"), SEEN, Policy(), (), Bucket.INVITER_UNFIT),
        (row(role="org:member", inviter_user_id="user_admin"), SEEN, Policy(), (), Bucket.READY),
        (row(role="org:nurse"), Seen(), Policy(), (), Bucket.READY),
        (row(), Seen(seats=0), Policy(), (), Bucket.NO_SEAT),
        (row(), Seen(seats=1), Policy(), (), Bucket.READY),
        (row(), Seen(before={ADA: "revoked"}), Policy(), (), Bucket.INVITED_BEFORE),
        (row(), Seen(before={ADA: "expired"}), Policy(), (), Bucket.INVITED_BEFORE),
    ],
)
def test_every_bucket_has_its_rows(
    one: Passenger, seen: Seen, policy: Policy, cooling: tuple[str, ...], expected: Bucket
) -> None:
    """One finding, one bucket; what was not looked at finds nothing."""
    assert bucket_of(one, seen, policy, cooling) is expected


def test_the_first_that_fits_is_the_row_s_bucket_in_the_order_of_the_buckets() -> None:
    """A row about which everything is wrong, and then ever less: the buckets come in their own order."""
    key = frozenset({ADA})
    suppress, allow = key, frozenset({"example.org"})
    wrong: dict[str, Any] = {
        "members": key, "users": key, "pending": key, "roles": frozenset(), "inviters": frozenset(), "seats": 0,
        "before": {ADA: "revoked"},
    }  # fmt: skip
    one = row(role="org:nurse", inviter_user_id="user_nobody")
    met = [bucket_of(one, Seen(**wrong), Policy({}, suppress, allow), (ADA,))]
    met.append(bucket_of(one, Seen(**wrong), Policy({}, suppress), (ADA,)))
    for mended in ("members", "users", "pending"):
        met.append(bucket_of(one, Seen(**wrong), cooling=(ADA,)))
        del wrong[mended]
    met.append(bucket_of(one, Seen(**wrong), cooling=(ADA,), withdrawn=(ADA,)))
    met.append(bucket_of(one, Seen(**wrong), cooling=(ADA,)))
    for mended in ("roles", "inviters", "seats", "before"):
        met.append(bucket_of(one, Seen(**wrong)))
        del wrong[mended]
    met.append(bucket_of(one, Seen(**wrong)))
    assert met == [bucket for bucket in Bucket if bucket is not Bucket.OVER_EMAIL_CAP]


def test_the_decisions_are_safe_unless_somebody_says_otherwise() -> None:
    """Skip who is there or must not be written to, stop on what would surely fail, ask about the rest."""
    assert {bucket.value: MEANINGS[bucket].default.value for bucket in Bucket} == {
        "outside_domains": "skip", "suppressed": "skip", "already_member": "skip", "already_user": "skip",
        "already_invited": "skip", "withdrawn_by_you": "skip", "cooling_down": "skip", "role_unknown": "stop",
        "inviter_unfit": "stop", "no_seat": "stop", "over_email_cap": "ask", "invited_before": "ask", "ready": "send",
    }  # fmt: skip


SKIP, STOP, ASK, SEND = Decision.SKIP, Decision.STOP, Decision.ASK, Decision.SEND


@pytest.mark.parametrize(
    ("seen", "decisions", "expected"),
    [
        # "Send" about one finding does not lift another.
        (Seen(members=frozenset({ADA})), {Bucket.SUPPRESSED: SEND}, Bucket.ALREADY_MEMBER),
        (Seen(), {Bucket.SUPPRESSED: SEND}, Bucket.SUPPRESSED),
        # Whoever is left out in any case neither needs a seat nor stops the job.
        (
            Seen(seats=0, before={ADA: "expired"}),
            {Bucket.SUPPRESSED: SEND, Bucket.INVITED_BEFORE: SKIP},
            Bucket.INVITED_BEFORE,
        ),
        (Seen(seats=0), {Bucket.SUPPRESSED: ASK}, Bucket.NO_SEAT),
        (Seen(seats=0), {Bucket.SUPPRESSED: SEND, Bucket.NO_SEAT: SEND}, Bucket.SUPPRESSED),
    ],
)
def test_the_strictest_decision_goes_before_the_order(
    seen: Seen, decisions: dict[Bucket, Decision], expected: Bucket
) -> None:
    """Of several findings about a suppressed row the one that leaves it out counts, then the one that stops."""
    assert bucket_of(row(), seen, Policy(decisions, frozenset({ADA}))) is expected


@pytest.mark.parametrize("decision", [SKIP, STOP, ASK])
def test_who_is_ready_is_sent_to(decision: Decision) -> None:
    """Any other decision would leave everybody out, or stop for nothing."""
    with pytest.raises(InputError, match="Those who are ready are sent to"):
        Policy({Bucket.READY: decision})
    assert Policy({Bucket.READY: SEND}) is not None


@pytest.mark.parametrize("days", [0, -1, float("nan"), float("inf")])
def test_a_cool_down_takes_some_days(days: float) -> None:
    """None at all is said by leaving it out."""
    with pytest.raises(InputError, match="A cool-down takes some days, not"):
        Policy(cool_down=days)


def test_seats_go_to_the_first_rows() -> None:
    """Three seats for five people: the last two have none."""
    found = assign(rows(5), Seen(seats=3), Policy(), environment="production")
    assert [one.line for one in found[Bucket.READY]] == [2, 3, 4]
    assert [one.line for one in found[Bucket.NO_SEAT]] == [5, 6]


def test_nobody_who_is_left_out_takes_a_seat() -> None:
    """Members, role errors and those whom the owner skips leave the seats to the others."""
    people = rows(4, role="org:member")
    seen = Seen(
        members=frozenset({people[0].key}), before={people[1].key: "revoked"}, seats=2, roles=frozenset({"org:member"})
    )
    skipped = Policy({Bucket.INVITED_BEFORE: SKIP})
    assert counts(assign(people, seen, skipped, environment="production")) == {
        "already_member": 1, "invited_before": 1, "ready": 2,
    }  # fmt: skip
    assert counts(assign(people, seen, Policy(), environment="production")) == {
        "already_member": 1, "no_seat": 1, "invited_before": 1, "ready": 1,
    }  # fmt: skip


def test_a_development_instance_mails_a_hundred_a_month() -> None:
    """The 101st mail is asked about; invitations without one, or to test addresses, are free, and all in production."""
    silent = [row("q1@example.com", 900, notify=False), row("q2+clerk_test@example.com", 901)]
    loud = row("q3+clerk_testing@example.com", 902)
    people = [*rows(101), *silent, loud]
    assert counts(assign(people, Seen(), Policy(), environment="production")) == {"ready": 104}
    found = assign(people, Seen(), Policy(), environment="development")
    assert [one.line for one in found[Bucket.OVER_EMAIL_CAP]] == [102, 902]
    assert [one.line for one in found[Bucket.READY]] == [*range(2, 102), 900, 901]
    # Left out for want of a mail, a person takes no seat either.
    skipped = Policy({Bucket.OVER_EMAIL_CAP: SKIP})
    found = assign(people, Seen(seats=102), skipped, environment="development")
    assert counts(found) == {"over_email_cap": 2, "ready": 102}


keys = [f"p{place}@{domain}" for place in range(4) for domain in ("example.com", "sub.example.org", "example.net")]
some_keys = st.frozensets(st.sampled_from(keys))
seen_by_chance = st.builds(
    Seen,
    members=some_keys,
    users=some_keys,
    pending=some_keys,
    before=st.dictionaries(st.sampled_from(keys), st.sampled_from(["revoked", "expired"])),
    roles=st.none() | st.frozensets(st.sampled_from(["org:member", "org:admin"])),
    inviters=st.none() | st.frozensets(st.sampled_from(["user_a", "user_b"])),
    seats=st.none() | st.integers(0, 8),
)
people_by_chance = st.lists(
    st.tuples(
        st.sampled_from(keys),
        st.fixed_dictionaries(
            {},
            optional={
                "role": st.sampled_from(["org:member", "org:nurse"]),
                "inviter_user_id": st.sampled_from(["user_a", "user_x"]),
                "ignore_existing": st.booleans(),
                "notify": st.booleans(),
            },
        ),
    ),
    max_size=12,
    unique_by=lambda pair: pair[0],
)
decisions_by_chance = st.dictionaries(
    st.sampled_from([bucket for bucket in Bucket if bucket is not Bucket.READY]), st.sampled_from(list(Decision))
)


@given(people_by_chance, seen_by_chance, decisions_by_chance, some_keys, some_keys, st.integers(95, 101))
def test_every_row_is_in_exactly_one_bucket_and_nothing_is_overspent(
    people: list[tuple[str, dict[str, Any]]],
    seen: Seen,
    decisions: dict[Bucket, Decision],
    suppressed: frozenset[str],
    cooling: frozenset[str],
    before_them: int,
) -> None:
    """Whatever is found and decided: the sum holds, and where limits leave out or stop, no more rows go than fit."""
    decisions |= {
        bucket: STOP for bucket in (Bucket.NO_SEAT, Bucket.OVER_EMAIL_CAP) if decisions.get(bucket) in {ASK, SEND, None}
    }
    policy = Policy(decisions, suppressed, frozenset({"example.com", "example.org"}))
    crowd = [row(f"c{place}@example.com", 1000 + place, role="org:member") for place in range(before_them)]
    seen = Seen(seen.members, seen.users, seen.pending, seen.before, seen.roles, seen.inviters,
                None if seen.seats is None else seen.seats + before_them)  # fmt: skip
    travelling = [*crowd, *(row(key, line, **item) for line, (key, item) in enumerate(people, 2))]
    found = assign(travelling, seen, policy, cooling=cooling, environment="development")
    lines = Counter(one.line for members in found.values() for one in members)
    assert lines == Counter(one.line for one in travelling)
    assert all(members for members in found.values())
    assert list(found) == [bucket for bucket in Bucket if bucket in found]
    going = [one for bucket, members in found.items() if policy.decision(bucket) in {SEND, ASK} for one in members]
    assert seen.seats is None or len(going) <= seen.seats
    assert sum(one.item.get("notify") is not False for one in going) <= 100
    assert Preflight(found, policy, 0).sendable == len(going)


@given(decisions_by_chance, st.none() | st.floats(0.01, 400))
def test_a_job_remembers_its_policy(decisions: dict[Bucket, Decision], days: float | None) -> None:
    """Every decision and the cool-down; the lists hold addresses and are not kept."""
    policy = Policy(decisions, frozenset({ADA}), frozenset({"example.com"}), days)
    kept = Policy.from_json(policy.to_json())
    assert [kept.decision(bucket) for bucket in Bucket] == [policy.decision(bucket) for bucket in Bucket]
    assert kept.cool_down == days
    assert "example" not in policy.to_json()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", set()),
        ("\n  \n# a remark\n   # another\n", set()),
        ("Ada@Example.COM\nexample.org\n", {"ada@example.com", "example.org"}),
        ("ada@example.com  # left in May\r\n@example.org # all of them", {"ada@example.com", "example.org"}),
        ("*@example.org\n*.example.net", {"example.org", "example.net"}),
        ("a#b@example.com", {"a#b@example.com"}),
        ("Ada Lovelace <ada@example.com>", {"ada@example.com"}),
        ("ada@bücher.example\nBÜCHER.example", {"ada@xn--bcher-kva.example", "xn--bcher-kva.example"}),
    ],
)
def test_a_suppression_list_has_an_address_or_a_domain_a_line(text: str, expected: set[str]) -> None:
    """Any case, any spelling of a domain, remarks; keys as rows have them."""
    assert suppression_list(text) == expected


@pytest.mark.parametrize("word", ["email", "ada@", "ada@example.com, bob@example.com", "ada example.com", "@", "a@b@c"])
def test_a_line_that_is_neither_is_refused_and_not_overlooked(word: str) -> None:
    """A list that says whom not to write to is read wholly or not at all."""
    with pytest.raises(InputError) as refused:
        suppression_list(f"# ours\nada@example.com\n{word}\n")
    assert str(refused.value).startswith(f"The suppression list, line 3: {word!r} is neither an address nor a domain (")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("example.com", "example.com"),
        (" @Example.COM ", "example.com"),
        ("*.example.com", "example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_a_domain_has_one_spelling(text: str, expected: str) -> None:
    """As address keys have it."""
    assert domain_key(text) == expected


@pytest.mark.parametrize("text", ["", "*", "example", "a b.example", "ada@example.com", "https://example.com"])
def test_what_is_no_domain_is_refused(text: str) -> None:
    """A domain that could match nobody is not taken."""
    with pytest.raises(AddressError):
        domain_key(text)


def test_a_preflight_tells_counts_lines_and_decisions() -> None:
    """What to do, how many go, and plain JSON with the buckets that hold anybody."""
    people = rows(4)
    seen = Seen(users=frozenset({people[0].key}), before={people[1].key: "revoked"})
    policy = Policy({Bucket.INVITED_BEFORE: SEND})
    found = Preflight(assign(people, seen, policy, environment="production"), policy, 3)
    assert [one.line for one in found.in_bucket(Bucket.READY)] == [4, 5]
    assert found.in_bucket(Bucket.NO_SEAT) == ()
    assert found.to_do(SEND) == (Bucket.INVITED_BEFORE, Bucket.READY)
    assert (found.to_do(SKIP), found.to_do(STOP)) == ((Bucket.ALREADY_USER,), ())
    assert found.sendable == 3
    document = json.loads(json.dumps(found.to_json()))
    says = {bucket.value: MEANINGS[bucket].says for bucket in Bucket}
    assert document == {
        "reads": 3,
        "buckets": [
            {"bucket": name, "says": says[name], "count": len(lines), "decision": decision, "lines": lines}
            for name, decision, lines in (
                ("already_user", "skip", [2]),
                ("invited_before", "send", [3]),
                ("ready", "send", [4, 5]),
            )
        ],
    }


def test_every_bucket_says_what_it_is_and_what_to_do() -> None:
    """No bucket without words."""
    assert set(MEANINGS) == set(Bucket)
    for meaning in MEANINGS.values():
        assert meaning.says
        assert meaning.reason.endswith(".")
        assert meaning.remedy.endswith(".")
