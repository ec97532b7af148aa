"""More of what Clerk leaves open: each is a setting, and each answer shows at the wire."""

from __future__ import annotations

from typing import Any

import pytest

from clerkbulk.contract.unknown import UNKNOWN_NUMBERS
from clerkbulk.emulator.instance import Settings

BULK = "/v1/invitations/bulk"
ORG = "/v1/organizations/org_acme/invitations"
ORG_BULK = f"{ORG}/bulk"


def _people(*names: str, **more: Any) -> list[dict[str, Any]]:
    return [{"email_address": f"{name}@example.com", **more} for name in names]


def _acme(make: Any, **settings: Any) -> Any:
    clerk = make(**settings)
    clerk.backend.seed({"organizations": [{"id": "org_acme", "slug": "acme"}]})
    return clerk


def test_every_open_number_is_a_setting_at_its_assumed_answer() -> None:
    """Questions whose answer is a number are settings, too."""
    settings = Settings()
    assert {question.name: getattr(settings, question.name) for question in UNKNOWN_NUMBERS} == {
        "listing_lag": 0,
        "metadata_limit": 8192,
    }


@pytest.mark.parametrize(("lag", "found"), [(0, 1), (30, 0)])
def test_listing_lag(make: Any, lag: int, found: int) -> None:
    """For so long a created invitation is in none of the lists, whatever they are asked for; then in all of them."""
    clerk = _acme(make, listing_lag=lag)
    clerk.backend.seed({"users": [{"id": "user_a", "email_address": "a@example.com"}]})
    clerk.post(BULK, _people("b"))
    clerk.post(ORG_BULK, _people("a", role="org:member"))
    wrapped = (
        f"{ORG}?limit=5",
        f"{ORG}?email_address=a@example.com",
        f"{ORG}/pending",
        "/v1/organization_invitations",
        "/v1/organization_invitations?query=a@example.com",
        "/v1/users/user_a/organization_invitations",
        "/v1/invitations?paginated=true",
    )
    plain = ("/v1/invitations", "/v1/invitations?query=b@example.com", "/v1/invitations?status=pending")

    def counts() -> set[int]:
        lists = [clerk.get(target)["data"] for target in wrapped] + [clerk.get(target) for target in plain]
        return {len(entries) for entries in lists} | {clerk.get(target)["total_count"] for target in wrapped}

    assert counts() == {found}
    clerk.clock.advance(29.999)
    assert counts() == {found}
    clerk.clock.advance(0.001)
    assert counts() == {1}


def test_what_no_list_shows_yet_is_there_all_the_same(make: Any) -> None:
    """Under a lag one invitation is read and revoked by its id at once, and stands in the way of a second one."""
    clerk = _acme(make, listing_lag=30)
    (made,) = clerk.post(BULK, _people("a"))
    (member,) = clerk.post(ORG_BULK, _people("a", role="org:member"))["data"]
    assert clerk.get(f"{ORG}/{member['id']}")["id"] == member["id"]
    assert clerk.ask("POST", BULK, _people("a")).status == 400
    assert clerk.post(f"/v1/invitations/{made['id']}/revoke")["status"] == "revoked"
    assert clerk.post(f"{ORG}/{member['id']}/revoke")["status"] == "revoked"
    assert clerk.get("/v1/invitations?status=revoked") == []
    clerk.clock.advance(30)
    assert [one["id"] for one in clerk.get("/v1/invitations?status=revoked")] == [made["id"]]


@pytest.mark.parametrize(("most", "status"), [(8192, 200), (4096, 422)])
def test_metadata_limit(make: Any, most: int, status: int) -> None:
    """Metadata of 5,000 bytes passes a limit of 8 KB and not one of 4 KB; the text names the limit."""
    clerk = make(metadata_limit=most)
    response = clerk.ask("POST", BULK, _people("a", public_metadata={"note": "x" * 4989}))
    assert response.status == status
    if status == 422:
        (error,) = response.document()["errors"]
        assert error["code"] == "form_param_exceeds_allowed_size"
        assert error["long_message"] == "public_metadata exceeds the maximum allowed size of 4096 bytes (4KB)."


@pytest.mark.parametrize(("answer", "status"), [("utf8", 200), ("ascii", 422)])
def test_metadata_measured(make: Any, answer: str, status: int) -> None:
    """Two thousand umlauts are 4,011 bytes in UTF-8, and 12,011 where each is escaped."""
    clerk = make(metadata_measured=answer)
    assert clerk.ask("POST", BULK, _people("a", public_metadata={"note": "ü" * 2000})).status == status


@pytest.mark.parametrize(("answer", "status"), [("refused", 404), ("accepted", 200)])
def test_organization_slug(make: Any, answer: str, status: int) -> None:
    """The slug does for the id in the paths of an organization's invitations, or does not."""
    clerk = _acme(make, organization_slug=answer)
    made = clerk.ask("POST", "/v1/organizations/acme/invitations/bulk", _people("a", role="org:member"))
    assert (made.status, clerk.ask("GET", "/v1/organizations/acme/invitations").status) == (status, status)
    if status == 200:
        (invitation,) = made.document()["data"]
        assert invitation["organization_id"] == "org_acme"
        assert clerk.post(f"/v1/organizations/acme/invitations/{invitation['id']}/revoke")["status"] == "revoked"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("404 resource_not_found", "resource_not_found"),
        ("404 organization_not_found_or_unauthorized", "organization_not_found_or_unauthorized"),
    ],
)
def test_unknown_organization(make: Any, answer: str, code: str) -> None:
    """An organization that does not exist is 404 with the code that is set, in creating, reading and revoking."""
    clerk = make(unknown_organization=answer)
    items = _people("a", role="org:member")
    for method, target, document in (
        ("POST", ORG_BULK, items),
        ("GET", ORG, None),
        ("POST", f"{ORG}/orginv_x/revoke", None),
    ):
        status, (error,) = clerk.refusal(method, target, document)
        assert (status, error["code"]) == (404, code)


@pytest.mark.parametrize(("answer", "status"), [("refused", 422), ("ignored", 200)])
def test_unknown_keys(make: Any, answer: str, status: int) -> None:
    """An unknown key in an organization item is refused or ignored; one in an application item is always refused."""
    clerk = _acme(make, unknown_keys=answer)
    assert clerk.ask("POST", ORG_BULK, _people("a", role="org:member", nickname="A")).status == status
    assert clerk.ask("POST", BULK, _people("a", nickname="A")).status == 422


@pytest.mark.parametrize(
    ("answer", "code", "meta"),
    [
        ("400 organization_invitation_not_unique", "organization_invitation_not_unique", None),
        ("400 duplicate_record", "duplicate_record", {"email_addresses": ["a@example.com"]}),
    ],
)
def test_organization_duplicate(make: Any, answer: str, code: str, meta: Any) -> None:
    """A second invitation to an organization is 400 with either code; only one of them says whose."""
    clerk = _acme(make, organization_duplicate=answer)
    clerk.post(ORG_BULK, _people("a", role="org:member"))
    status, (error,) = clerk.refusal("POST", ORG_BULK, _people("a", "b", role="org:member"))
    assert (status, error["code"], error.get("meta")) == (400, code, meta)


@pytest.mark.parametrize(("answer", "count"), [("created_now", 1), ("all_of_the_organization", 3)])
def test_bulk_total_count(make: Any, answer: str, count: int) -> None:
    """total_count of a bulk reply is what this call made, or everything the organization has."""
    clerk = _acme(make, bulk_total_count=answer)
    clerk.post(ORG_BULK, _people("a", "b", role="org:member"))
    assert clerk.post(ORG_BULK, _people("c", role="org:member"))["total_count"] == count


@pytest.mark.parametrize("code", ["too_many_requests", "rate_limit_exceeded"])
def test_limit_code(make: Any, code: str) -> None:
    """The 429 of the hour carries the code that is set."""
    clerk = make(limits="documented", limit_code=code)
    for place in range(25):
        clerk.post(BULK, _people(f"p{place}"))
    status, (error,) = clerk.refusal("POST", BULK, _people("late"))
    assert (status, error["code"]) == (429, code)


@pytest.mark.parametrize(
    ("answer", "meta"),
    [("absent", None), ("seconds", {"resets_in": 3600}), ("milliseconds", {"resets_in": 3_600_000})],
)
def test_resets_in(make: Any, answer: str, meta: Any) -> None:
    """meta.resets_in of a 429 is missing, or says in either unit what Retry-After says."""
    clerk = make(limits="documented", resets_in=answer)
    for place in range(25):
        clerk.post(BULK, _people(f"p{place}"))
    refused = clerk.ask("POST", BULK, _people("late"))
    assert refused.header("retry-after") == "3600"
    assert refused.document()["errors"][0].get("meta") == meta


@pytest.mark.parametrize("code", ["invitation_already_revoked", "revoked_invitation"])
def test_revoked_again(make: Any, code: str) -> None:
    """The second revocation is 400 with the code that is set."""
    clerk = make(revoked_again=f"400 {code}")
    (made,) = clerk.post(BULK, _people("a"))
    clerk.post(f"/v1/invitations/{made['id']}/revoke")
    status, (error,) = clerk.refusal("POST", f"/v1/invitations/{made['id']}/revoke")
    assert (status, error["code"]) == (400, code)


@pytest.mark.parametrize(("answer", "shown"), [("absent", False), ("kept", True)])
def test_url_of_ended(make: Any, answer: str, shown: bool) -> None:
    """Accepted and expired invitations keep their url or lose it; revoked ones lose it in any case (recorded)."""
    clerk = _acme(make, url_of_ended=answer)
    clerk.post(BULK, [*_people("a"), *_people("x", expires_in_days=1), *_people("r")])
    clerk.post(ORG_BULK, _people("a", role="org:member"))
    clerk.backend.accept({"email_address": "a@example.com"})
    clerk.backend.accept({"email_address": "a@example.com", "organization_id": "org_acme"})
    (revoked,) = clerk.get("/v1/invitations?query=r@example.com")
    assert "url" not in clerk.post(f"/v1/invitations/{revoked['id']}/revoke")
    clerk.clock.advance(86_400)
    ended = clerk.get("/v1/invitations?status=accepted&status=expired")
    assert ["url" in one for one in ended] == [shown, shown]
    assert [one["url"] is not None for one in clerk.get(ORG)["data"]] == [shown]


@pytest.mark.parametrize("answer", ["stay_pending", "revoked", "accepted"])
def test_others_on_acceptance(make: Any, answer: str) -> None:
    """Of three pending invitations to one address one is accepted; the others are as set, a neighbour's pending."""
    clerk = make(others_on_acceptance=answer)
    (first,) = clerk.post(BULK, _people("a"))
    clerk.post(BULK, _people("a", "b", ignore_existing=True))
    clerk.post(BULK, _people("a", ignore_existing=True))
    clerk.clock.advance(5)
    clerk.backend.accept({"id": first["id"]})
    others = {"stay_pending": "pending"}.get(answer, answer)
    state = clerk.backend.state()
    assert [one["status"] for one in state["invitations"]] == ["accepted", others, "pending", others]
    assert len(state["users"]) == 1


@pytest.mark.parametrize(("answer", "status"), [("accepted", 200), ("refused", 422)])
def test_redirect_path(make: Any, answer: str, status: int) -> None:
    """A path as redirect_url is fine, or is not; an absolute URL and an own scheme always are."""
    clerk = make(redirect_path=answer)
    assert clerk.ask("POST", BULK, _people("a", redirect_url="/welcome")).status == status
    assert clerk.ask("POST", BULK, _people("b", redirect_url="https://app.example.com/welcome")).status == 200
    assert clerk.ask("POST", BULK, _people("c", redirect_url="example-app://welcome")).status == 200


@pytest.mark.parametrize("code", ["form_param_format_invalid", "form_param_value_invalid"])
def test_bad_redirect_url(make: Any, code: str) -> None:
    """An unusable redirect_url is 422 with the code that is set, and named."""
    clerk = make(bad_redirect_url=f"422 {code}")
    status, (error,) = clerk.refusal("POST", BULK, _people("a", redirect_url="javascript:alert(1)"))
    assert (status, error["code"], error["meta"]) == (422, code, {"param_name": "redirect_url"})


@pytest.mark.parametrize(("answer", "status"), [("accepted", 200), ("422 insecure_url", 422)])
def test_plain_http_redirect(make: Any, answer: str, status: int) -> None:
    """A production instance takes plain http or refuses it; local addresses and development are never refused."""
    clerk = make(plain_http_redirect=answer)
    plain = _people("a", redirect_url="http://app.example.com/")
    response = clerk.ask("POST", BULK, plain, key="sk_live_fake")
    assert response.status == status
    if status == 422:
        assert response.document()["errors"][0]["code"] == "insecure_url"
    assert (
        clerk.ask("POST", BULK, _people("b", redirect_url="http://localhost:3000/"), key="sk_live_fake").status == 200
    )
    assert clerk.ask("POST", BULK, _people("c", redirect_url="http://app.example.com/")).status == 200
