"""Preview: how each form reads. That it runs is shown in test_preview_runs.py."""

from __future__ import annotations

import ast
import json

import pytest

from clerkbulk.contract.target import Application, Organization
from clerkbulk.errors import InputError
from clerkbulk.people.batch import Batch, batches
from clerkbulk.people.check import check
from clerkbulk.people.preview import Form, preview

APPLICATION_BATCHES = batches(
    check(
        [
            {"email": "ada@example.com", "team": "core", "redirect_url": "https://example.com"},
            {"email": "zoë@example.com", "team": "it's", "redirect_url": ""},
        ],
        metadata=["team"],
    )
)
ORGANIZATION_BATCHES = batches(
    check([{"email": f"p{i}@example.com"} for i in range(11)], Organization("org_9"), defaults={"role": "org:member"})
)


def test_wire_is_one_body_a_line() -> None:
    """JSON Lines: the exact bodies in order, each on a line of its own."""
    assert preview(APPLICATION_BATCHES) == (
        '[{"email_address":"ada@example.com","redirect_url":"https://example.com","public_metadata":{"team":"core"}},'
        '{"email_address":"zoë@example.com","public_metadata":{"team":"it\'s"}}]\n'
    )
    bodies = [json.loads(line) for line in preview(ORGANIZATION_BATCHES, "wire").splitlines()]
    assert bodies == [batch.body for batch in ORGANIZATION_BATCHES]


def test_curl_reads_like_this() -> None:
    """One command a call; the key comes from the environment, the body from a quoted here-document."""
    assert preview(APPLICATION_BATCHES, Form.CURL) == (
        ': "${CLERK_API_URL:=https://api.clerk.com}" "${CLERK_SECRET_KEY:?is not set}"\n'
        "\n"
        "# Call 1 of 1, lines 1 to 2\n"
        'curl --fail-with-body --silent --show-error "${CLERK_API_URL%/v1}/v1/invitations/bulk" \\\n'
        '  --header "Authorization: Bearer $CLERK_SECRET_KEY" \\\n'
        "  --header 'Content-Type: application/json' \\\n"
        "  --header 'Clerk-API-Version: 2026-05-12' \\\n"
        "  --data @- <<'JSON'\n" + preview(APPLICATION_BATCHES) + "JSON\n"
    )


def test_javascript_reads_like_clerks_documentation() -> None:
    """Parameters in camelCase, metadata keys as they are, the key from the environment."""
    assert preview(APPLICATION_BATCHES, Form.JAVASCRIPT) == (
        "import { createClerkClient } from '@clerk/backend'\n"
        "\n"
        "const clerkClient = createClerkClient({\n"
        "  secretKey: process.env.CLERK_SECRET_KEY,\n"
        "  ...(process.env.CLERK_API_URL && { apiUrl: process.env.CLERK_API_URL.replace(/\\/v1$/, '') }),\n"
        "})\n"
        "\n"
        "// Call 1 of 1, lines 1 to 2\n"
        "await clerkClient.invitations.createInvitationBulk([\n"
        '  { emailAddress: "ada@example.com", redirectUrl: "https://example.com", publicMetadata: { team: "core" } },\n'
        '  { emailAddress: "zoë@example.com", publicMetadata: { team: "it\'s" } },\n'
        "])\n"
    )
    organization = preview(ORGANIZATION_BATCHES, "js")
    assert "// Call 2 of 2, line 11\n" in organization
    assert "await clerkClient.organizations.createOrganizationInvitationBulk('org_9', [\n" in organization


def test_python_reads_like_this() -> None:
    """The SDK's own calls with its retrying switched off, valid Python whatever the cells hold."""
    text = preview(APPLICATION_BATCHES, Form.PYTHON)
    ast.parse(text)
    assert text == (
        "import os\n"
        "\n"
        "from clerk_backend_api import Clerk\n"
        "\n"
        'server_url = os.environ.get("CLERK_API_URL", "https://api.clerk.com").removesuffix("/v1") + "/v1"\n'
        'with Clerk(bearer_auth=os.environ["CLERK_SECRET_KEY"], server_url=server_url) as clerk:\n'
        "\n"
        "    # Call 1 of 1, lines 1 to 2. retries=None: a repeated POST would invite twice.\n"
        "    clerk.invitations.bulk_create(\n"
        "        retries=None,\n"
        "        request=[\n"
        "            {'email_address': 'ada@example.com', 'redirect_url': 'https://example.com', "
        "'public_metadata': {'team': 'core'}},\n"
        "            {'email_address': 'zoë@example.com', 'public_metadata': {'team': \"it's\"}},\n"
        "        ],\n"
        "    )\n"
    )
    assert '        organization_id="org_9",\n' in preview(ORGANIZATION_BATCHES, "python")


@pytest.mark.parametrize("form", Form)
def test_nobody_to_invite_is_no_text(form: Form) -> None:
    """Without calls there is nothing to run, not even a preamble."""
    assert preview([], form) == ""


@pytest.mark.parametrize("form", Form)
def test_no_form_shows_what_does_not_hold_to_the_schema(form: Form) -> None:
    """Every form is checked before it is shown: a preview that Clerk would refuse is an error."""
    with pytest.raises(InputError, match="does not hold to its schema"):
        preview([Batch(Application(), (2,), ({"email_address": "ada@example.com", "notify": None},))], form)


def test_an_unknown_form_is_an_error() -> None:
    """A mistyped form is refused, never taken for the default."""
    with pytest.raises(ValueError, match="'ruby' is not a valid Form"):
        preview(APPLICATION_BATCHES, "ruby")
