"""The same code in another form: what is around a code, and how it names whom it means, changes nothing.

How meta names a field of the third item is unknown (clerk-contract 3.2), and an answer may hold several errors.
"""

from __future__ import annotations

from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from stage import ACME, Stage
from stories import APPLICATION, BOTH, NOBODY, OTHERS, Clerk, Said, any_of, everybody, name_of, tell

from clerkbulk.sending.state import JobState, RowState, Sum

HE, SHE = "p17@example.com", "p13@example.com"
CLERK_REFUSES = "Clerk refuses every call of this job: "
ANYTHING = [
    None, {}, {"param_name": None}, {"param_name": ""}, {"param_name": 2}, {"param_name": ["email_address"]},
    {"param_name": {"2": "email_address"}}, {"param_names": ["email_address"]}, {"email_addresses": None},
    {"email_addresses": "p17"}, {"email_addresses": [None, 3, {}]}, {"email_addresses": ["eve@example.org"]},
    {"identifiers": []}, {"identifiers": [[HE]]}, {"somebody": HE},
]  # fmt: skip
FIELD = "{}", "2.{}", "[2].{}", "params[2].{}", "invitations.2.{}", "[2][{}]", "2/{}", "{}.2"


@pytest.mark.parametrize(
    ("meta", "target"),
    list(
        zip([*ANYTHING, *({"param_name": form.format("email_address")} for form in FIELD)], cycle(BOTH), strict=False)
    ),
    ids=str,
)
def test_whatever_meta_says_the_row_is_found(tmp_path: Path, meta: Any, target: Any) -> None:
    """Known forms, unknown ones, none at all, somebody who is not in the call: one row is refused, by eleven calls."""
    stage = Stage(tmp_path)
    clerk = Clerk(stage, 422, [Said(code="form_param_format_invalid", meta=meta)], any_of(HE))
    told = tell(stage, target, clerk)
    assert {address: row.code for address, row in told.became("refused").items()} == {HE: "form_param_format_invalid"}
    assert (told.state, told.sum) == (JobState.DONE, Sum(30, sent=29, refused=1))
    told.assert_once()
    assert len(told.calls) == 11


@pytest.mark.parametrize(
    "named",
    [
        {"email_addresses": [HE]}, {"email_addresses": ["P17@Example.COM"]}, {"identifiers": [HE]},
        {"identifiers": [" P17@example.com "], "email_addresses": []},
        {"email_addresses": [None, "eve@example.org", HE]},
        {"email_addresses": [HE, HE], "identifiers": [HE], "param_name": "email_address"},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("code", ["duplicate_record", "not_allowed_access", "a_code_of_tomorrow"])
def test_whoever_meta_names_is_set_aside_at_once(tmp_path: Path, named: dict[str, Any], code: str) -> None:
    """Either key, any spelling, with others beside it: one call more than without the refusal."""
    stage = Stage(tmp_path)
    told = tell(stage, APPLICATION, Clerk(stage, 400, [Said(code=code, meta=named)], any_of(HE)))
    state = RowState.ALREADY_THERE if code == "duplicate_record" else RowState.REFUSED
    assert {address: row.code for address, row in told.became(state).items()} == {HE: code}
    assert told.sum == Sum(30, sent=29, **{state.value: 1})
    assert told.calls == [10, 10, 10, 9]


WORDS = [
    "p17@example.com is already a member of the organization.", "Already there: P17@EXAMPLE.COM.",
    "p13x@example.com and xp17@example.com are fine; 'p17@example.com' is not", "<p17@example.com>, (p17@example.com)",
]  # fmt: skip


@pytest.mark.parametrize("words", WORDS)
def test_whoever_is_named_in_words_only_is_set_aside_at_once(tmp_path: Path, words: str) -> None:
    """The last resort: an address in the sentence, whole, whatever stands around it."""
    stage = Stage(tmp_path)
    said = Said(code="already_a_member_in_organization", words=words)
    told = tell(stage, ACME, Clerk(stage, 400, [said], any_of(HE)))
    assert set(told.became("already_there")) == {HE}
    assert told.calls == [10, 10, 10, 9]


DUPLICATE = Said(code="duplicate_record", meta={"email_addresses": [SHE]})
MEMBER = Said(code="already_a_member_in_organization", words=f"{HE} is already a member of the organization.")
FORMAT = Said(code="form_param_format_invalid", meta={"param_name": "email_address"})
BLOCKED = Said(code="not_allowed_access", meta={"identifiers": [HE]})


@pytest.mark.parametrize("made", [NOBODY, OTHERS])
@pytest.mark.parametrize("turned", [False, True], ids=["in this order", "the other way round"])
@pytest.mark.parametrize(
    ("errors", "codes"),
    [
        ([DUPLICATE, MEMBER], {SHE: "duplicate_record", HE: "already_a_member_in_organization"}),
        ([DUPLICATE, BLOCKED], {SHE: "duplicate_record", HE: "not_allowed_access"}),
    ],
)
def test_two_errors_in_one_answer_set_two_people_aside(
    tmp_path: Path, errors: list[Said], codes: dict[str, str], turned: bool, made: str
) -> None:
    """Each says why with the code that names them."""
    stage = Stage(tmp_path)
    told = tell(stage, ACME, Clerk(stage, 400, errors[::-1] if turned else errors, any_of(HE, SHE), made))
    assert {str(row.email_address): row.code for row in told.results if row.state != "sent"} == codes
    told.assert_once()
    assert len(told.calls) == {NOBODY: 4, OTHERS: 3}[made]


@pytest.mark.parametrize("turned", [False, True], ids=["in this order", "the other way round"])
def test_one_named_and_one_not_are_both_found(tmp_path: Path, turned: bool) -> None:
    """A duplicate that is named beside an address that is not: the first at once, the second by splitting."""
    stage = Stage(tmp_path)

    class Two(Clerk):
        def handle_request(self, request: Any) -> Any:
            there = SHE.encode() in request.content
            self.errors = [said for said in ([FORMAT, DUPLICATE] if turned else [DUPLICATE, FORMAT])
                           if said is FORMAT or there]  # fmt: skip
            return super().handle_request(request)

    told = tell(stage, APPLICATION, Two(stage, 422, [], any_of(HE)))
    assert {str(row.email_address): row.code for row in told.results if row.state != "sent"} == {
        SHE: "duplicate_record", HE: "form_param_format_invalid",
    }  # fmt: skip
    assert told.sum == Sum(30, sent=28, already_there=1, refused=1)
    told.assert_once()


@pytest.mark.parametrize("turned", [False, True], ids=["in this order", "the other way round"])
@pytest.mark.parametrize(
    ("status", "code", "target", "remedy"),
    [
        (403, "organization_membership_quota_exceeded", ACME,
         "Raise the organization's membership limit or revoke old invitations, then resume."),
        (402, "insufficient_seats", ACME, "Add seats, then resume."),
        (400, "api_version_invalid", APPLICATION, "Check what sits between here and Clerk, and CLERK_API_URL."),
        (403, "action_blocked", APPLICATION,
         "Have an administrator of the Clerk instance look at this, then resume."),
    ],
)  # fmt: skip
def test_the_error_that_stops_the_job_is_the_one_it_says(
    tmp_path: Path, status: int, code: str, target: Any, remedy: str, turned: bool
) -> None:
    """Beside a duplicate, before or after it: the sentence is the quota's, with what to do about the quota."""
    stage = Stage(tmp_path)
    errors = [DUPLICATE, Said(code=code, words="No more of this.")]
    clerk = Clerk(stage, status, errors[::-1] if turned else errors, everybody, times=1)
    told = tell(stage, target, clerk)
    assert (told.state, told.reason) == (JobState.STOPPED, f"{CLERK_REFUSES}No more of this ({code}). {remedy}")
    assert (told.sum, told.calls) == (Sum(30, left=30), [10])
    assert tell(stage, target, clerk).sum == Sum(30, sent=30)


def test_an_unknown_role_beside_another_error_is_no_missing_organization(tmp_path: Path) -> None:
    """A 404 without param_name may mean a row wherever in the answer it stands."""
    stage = Stage(tmp_path)
    errors = [Said(code="form_param_nil"), Said(code="resource_not_found")]
    told = tell(stage, ACME, Clerk(stage, 404, errors, any_of(HE)))
    assert (told.state, told.sum) == (JobState.DONE, Sum(30, sent=29, refused=1))


BODIES = {
    "HTML": "<html><body>Bad Request</body></html>", "nothing": "", "text": "404 page not found", "null": "null",
    "no errors": "{}", "errors that are none": '{"errors": "many"}', "an empty list": '{"errors": []}',
    "an error that is none": '{"errors": [null, 3, "x"]}', "an error without a word": '{"errors": [{}]}',
    "half of it": '{"errors": [{"code": "form_par', "a number for a code": '{"errors": [{"code": 7, "message": 8}]}',
}  # fmt: skip


@pytest.mark.parametrize(
    ("body", "status"), list(zip(BODIES.values(), cycle([400, 422, 413]), strict=False)), ids=BODIES
)
def test_a_refusal_without_a_readable_error_is_about_a_row_until_the_contrary_is_shown(
    tmp_path: Path, body: str, status: int
) -> None:
    """The row is found by splitting, and says what little there is to say."""
    stage = Stage(tmp_path)
    told = tell(stage, APPLICATION, Clerk(stage, status, [], any_of(HE), body=body))
    (row,) = told.became("refused").values()
    assert (row.email_address, row.code) == (HE, None)
    assert row.reason.startswith("Clerk ")
    assert row.remedy == "Look the code up in Clerk's list of Backend API errors, or ask Clerk's support."
    assert told.sum == Sum(30, sent=29, refused=1)
    assert len(told.calls) == 11


@pytest.mark.parametrize("status", [402, 403, 404, 405, 410, 451])
@pytest.mark.parametrize("body", [BODIES["HTML"], BODIES["nothing"]], ids=["HTML", "nothing"])
@pytest.mark.parametrize("target", BOTH, ids=name_of)
def test_a_wall_in_front_of_clerk_stops_the_job(tmp_path: Path, body: str, status: int, target: Any) -> None:
    """A proxy's 403 page has no code: one call, one sentence, nobody lost."""
    stage = Stage(tmp_path)
    clerk = Clerk(stage, status, [], everybody, body=body, times=1)
    told = tell(stage, target, clerk)
    assert (told.state, told.sum, told.calls) == (JobState.STOPPED, Sum(30, left=30), [10])
    assert told.reason == (
        f"{CLERK_REFUSES}HTTP {status}: the answer carries no error that could be read. "
        "Look the code up in Clerk's list of Backend API errors, or ask Clerk's support."
    )
    assert tell(stage, target, clerk).sum == Sum(30, sent=30)
