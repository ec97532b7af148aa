"""The envelope of a refusal, and what comes back without one."""

from __future__ import annotations

from typing import Final

from clerkbulk.contract.cases.calls import SINGLE, SPEC
from clerkbulk.contract.cases.case import Ask, Case, Expect, Stage, Step
from clerkbulk.contract.cases.match import Absent, SameAsHeader, Text
from clerkbulk.contract.fact import Fact, Mark
from clerkbulk.contract.json_schema import SchemaName

_TRACE_ID: Final = r"[0-9a-f]{32}"
_STRANGER: Final = {"Authorization": "Bearer sk_test_nobody"}
_UNAUTHENTICATED: Final = Fact(Mark.RECORDED, "clerk-contract 3.1: recorded unauthenticated calls")

CASES: Final = (
    Case(
        name="error-entry",
        promise="Each entry of errors has code, message and long_message, however many faults an item has.",
        fact=Fact(Mark.DOCUMENTED, f"{SPEC}, ClerkError"),
        rows=("3.1 errors[]", "3.1 several errors"),
        steps=(
            Step(
                Ask("POST", SINGLE, {"email_address": "no address", "expires_in_days": 0, "notify": False}),
                Expect(
                    422,
                    SchemaName.ERRORS,
                    holds={"errors/0/code": Text("[a-z0-9_]+"), "errors/0/message": Text("(?s).+")},
                ),
            ),
        ),
    ),
    Case(
        name="error-without-meta",
        promise="An entry of errors with nothing to add has no meta; it is left out, and not empty.",
        fact=_UNAUTHENTICATED,
        rows=("3.1 meta",),
        steps=(
            Step(
                Ask("GET", SINGLE, headers=_STRANGER),
                Expect(401, SchemaName.ERRORS, holds={"errors/0/meta": Absent()}),
            ),
        ),
    ),
    Case(
        name="error-trace-id",
        promise="A refusal has a trace id of 32 lower-case hex digits, the same in the body and in x-clerk-trace-id.",
        fact=_UNAUTHENTICATED,
        rows=("3.1 clerk_trace_id",),
        steps=(
            Step(
                Ask("GET", SINGLE, headers=_STRANGER),
                Expect(
                    401,
                    SchemaName.ERRORS,
                    holds={"clerk_trace_id": SameAsHeader("x-clerk-trace-id")},
                    headers={"X-Clerk-Trace-Id": Text(_TRACE_ID)},
                ),
            ),
        ),
    ),
    Case(
        name="error-from-a-proxy",
        promise="What stands before Clerk can answer without an envelope; then cf-ray is the id to ask about.",
        fact=Fact(Mark.DOCUMENTED, "JS packages/backend/src/api/request.ts reads cf-ray; the page itself is inferred"),
        rows=("3.1 not JSON", "3.1 cf-ray"),
        stage=Stage(faults=({"do": "html", "status": 502, "headers": {"cf-ray": "0123456789abcdef-FRA"}},)),
        steps=(
            Step(
                Ask("GET", SINGLE),
                Expect(502, headers={"Content-Type": Text("text/html.*"), "cf-ray": Text("[0-9a-f]{16}-[A-Z]{3}")}),
            ),
            Step(Ask("GET", SINGLE), Expect(200, SchemaName.APPLICATION_REPLY)),
        ),
    ),
)
