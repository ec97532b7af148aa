"""What is looked at before any operation: the key, the API version, the content type; and how an answer is dressed."""

from __future__ import annotations

from typing import Final

from clerkbulk.contract.cases.calls import SINGLE, SPEC
from clerkbulk.contract.cases.case import Ask, Case, Expect, Step
from clerkbulk.contract.cases.inviting import invited
from clerkbulk.contract.cases.match import Text
from clerkbulk.contract.endpoint import KNOWN_API_VERSIONS
from clerkbulk.contract.fact import Fact, Mark
from clerkbulk.contract.json_schema import SchemaName

_VERSION: Final = "Clerk-API-Version"
_ONE: Final = (("limit", "1"),)
_VERSIONING: Final = Fact(Mark.DOCUMENTED, "docs versioning.mdx; data/api_errors.json")
_UNAUTHENTICATED: Final = Fact(Mark.RECORDED, "clerk-contract 1.1 and 3.3: recorded unauthenticated calls")


def _refused(status: int, code: str) -> Expect:
    return Expect(status, schema=SchemaName.ERRORS, code=code)


def _versioned(version: str | None, expect: Expect, query: tuple[tuple[str, str], ...] = ()) -> Step:
    return Step(Ask("GET", SINGLE, query=(*_ONE, *query), headers={_VERSION: version}), expect)


def _keyed(authorization: str | None, expect: Expect, path: str = SINGLE) -> Step:
    return Step(Ask("GET", path, headers={"Authorization": authorization}), expect)


CASES: Final = (
    Case(
        name="key-opens",
        promise="A secret key behind the word Bearer opens the instance, below /v1.",
        fact=Fact(Mark.DOCUMENTED, f"{SPEC}, servers and bearerAuth"),
        rows=("1.1 base", "1.1 TLS/auth"),
        steps=(Step(Ask("GET", SINGLE, query=_ONE), Expect(200)),),
    ),
    Case(
        name="key-missing",
        promise="A call without an Authorization header is refused with 401.",
        fact=_UNAUTHENTICATED,
        rows=("1.1 TLS/auth", "3.3 authorization_header_format_invalid"),
        steps=(_keyed(None, _refused(401, "authorization_header_format_invalid")),),
    ),
    Case(
        name="key-without-bearer",
        promise="The word Bearer is checked: a key without it, or behind another word, is refused with 401.",
        fact=_UNAUTHENTICATED,
        rows=("1.1 TLS/auth", "3.3 authorization_header_format_invalid"),
        steps=(
            _keyed("sk_test_nobody", _refused(401, "authorization_header_format_invalid")),
            _keyed("Basic sk_test_nobody", _refused(401, "authorization_header_format_invalid")),
        ),
    ),
    Case(
        name="key-unknown",
        promise="A key nobody knows is refused with 401, whatever its shape; message and long_message are alike.",
        fact=_UNAUTHENTICATED,
        rows=("3.3 clerk_key_invalid",),
        steps=(
            Step(
                Ask("GET", SINGLE, headers={"Authorization": "Bearer sk_test_nobody"}),
                Expect(401, SchemaName.ERRORS, code="clerk_key_invalid", keep={"said": "errors/0/message"}),
            ),
            _keyed(
                "Bearer nobody",
                Expect(401, SchemaName.ERRORS, code="clerk_key_invalid", holds={"errors/0/long_message": "{said}"}),
            ),
        ),
    ),
    Case(
        name="key-before-path",
        promise="The key is looked at before the path: a wrong key gets the same 401 where nothing is.",
        fact=_UNAUTHENTICATED,
        rows=("3.3 clerk_key_invalid", "3.3 authorization_header_format_invalid"),
        steps=(
            _keyed("Bearer sk_test_nobody", _refused(401, "clerk_key_invalid"), "/v1/nothing_is_here"),
            _keyed(None, _refused(401, "authorization_header_format_invalid"), "/v1/nothing_is_here"),
        ),
    ),
    Case(
        name="path-unknown",
        promise="With the right key, a path where nothing is answers 404, with an envelope or a text.",
        fact=Fact(Mark.INFERRED, "clerk-contract 3.1: the Frontend API answers 404 with a text"),
        rows=("3.1 not JSON",),
        steps=(Step(Ask("GET", "/v1/nothing_is_here"), Expect(404)),),
    ),
    Case(
        name="content-type-of-refusal",
        promise="The Content-Type of a refusal is application/json, with nothing behind it.",
        fact=_UNAUTHENTICATED,
        rows=("1.1 response type",),
        steps=(_keyed("Bearer sk_test_nobody", Expect(401, headers={"Content-Type": "application/json"})),),
    ),
    Case(
        name="content-type-of-answer",
        promise="An answer is application/json, too; with nothing behind it, if it is like the refusals.",
        fact=Fact(Mark.INFERRED, "clerk-contract 1.1: only refusals were recorded"),
        rows=("1.1 response type",),
        steps=(
            Step(
                Ask("GET", SINGLE, query=_ONE),
                Expect(200, headers={"Content-Type": Text(r"application/json(; ?charset=utf-8)?")}),
            ),
        ),
    ),
    Case(
        name="content-type-of-body",
        promise="A body that does not say it is JSON can be refused with 415.",
        fact=Fact(Mark.DOCUMENTED, "docs data/api_errors.json; that it concerns this call is inferred"),
        rows=("1.1 content type", "3.3 unsupported_content_type"),
        steps=(
            Step(
                Ask(
                    "POST",
                    SINGLE,
                    {"email_address": "{ada}", "notify": False},
                    headers={"Content-Type": "text/plain"},
                ),
                {
                    "refused": _refused(415, "unsupported_content_type"),
                    "refused as unreadable": Expect((400, 422), SchemaName.ERRORS),
                    "read all the same": Expect(200, SchemaName.APPLICATION_REPLY_ITEM),
                },
            ),
        ),
    ),
    Case(
        name="version-none",
        promise="A call without an API version is answered.",
        fact=Fact(Mark.INFERRED, "clerk-contract 1.1: it counts as 2021-02-05, as recorded of the Frontend API"),
        rows=("1.1 no version sent",),
        steps=(_versioned(None, Expect(200)),),
    ),
    Case(
        name="version-known",
        promise="Each API version of the docs is taken, and the lists of invitations look the same in all of them.",
        fact=_VERSIONING,
        rows=("1.1 version header", "1.1 known versions", "1.1 who pins what"),
        steps=(
            invited("ada"),
            *(
                Step(
                    Ask("GET", SINGLE, query=(("query", "{ada}"),), headers={_VERSION: version}),
                    Expect(200, SchemaName.APPLICATION_REPLY, holds={"0/id": "{id}", "0/status": "pending"}),
                )
                for version in KNOWN_API_VERSIONS
            ),
        ),
    ),
    Case(
        name="version-in-query",
        promise="The API version can stand in the query parameter __clerk_api_version instead.",
        fact=_VERSIONING,
        rows=("1.1 version header",),
        steps=(_versioned(None, Expect(200), (("__clerk_api_version", "2025-11-10"),)),),
    ),
    Case(
        name="version-unknown",
        promise="An API version nobody knows is refused with 400, in the header and in the query.",
        fact=_VERSIONING,
        rows=("1.1 version header", "3.3 api_version_invalid"),
        steps=(
            _versioned("1999-12-31", _refused(400, "api_version_invalid")),
            _versioned(None, _refused(400, "api_version_invalid"), (("__clerk_api_version", "1999-12-31"),)),
        ),
    ),
    Case(
        name="version-doubled",
        promise="An API version in header and query at once is refused with 400.",
        fact=_VERSIONING,
        rows=("1.1 version header", "3.3 api_version_invalid"),
        steps=(
            _versioned("2025-11-10", _refused(400, "api_version_invalid"), (("__clerk_api_version", "2025-11-10"),)),
        ),
    ),
    Case(
        name="user-agent-any",
        promise="Whoever calls may name itself as it likes; no header of an SDK is required.",
        fact=Fact(Mark.DOCUMENTED, f"{SPEC} has no such parameter"),
        rows=("1.1 User-Agent",),
        steps=(Step(Ask("GET", SINGLE, query=_ONE, headers={"User-Agent": "somebody/1.0"}), Expect(200)),),
    ),
    Case(
        name="idempotency-key-unknown",
        promise="An Idempotency-Key changes nothing: the same call again is a second invitation, and refused.",
        fact=Fact(Mark.INFERRED, "clerk-contract 1.1: no header or parameter for it in spec, docs or any SDK"),
        rows=("1.1 idempotency key",),
        steps=tuple(
            Step(
                Ask(
                    "POST",
                    SINGLE,
                    {"email_address": "{ada}", "notify": False},
                    headers={"Idempotency-Key": "one-and-the-same"},
                ),
                expect,
            )
            for expect in (Expect(200), _refused(400, "duplicate_record"))
        ),
    ),
)
