"""The pytest plugin: five lines in somebody else's suite, and their code meets Clerk's Backend API."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

OTHERS = ("-p", "no:schemathesis", "-p", "no:hypothesispytest")
"""Without other plugins of this environment: they import much, some of it what is looked for."""
INVITE = """
import httpx, os

def invite(url, key, *addresses):
    body = [{"email_address": address} for address in addresses]
    return httpx.post(f"{url}/v1/invitations/bulk", json=body, headers={"Authorization": f"Bearer {key}"})
"""


def outcomes(pytester: pytest.Pytester, test: str, *arguments: str) -> pytest.RunResult:
    pytester.makepyfile(INVITE + test)
    # A process of its own: the plugin is found by its entry point, as it is in other people's suites.
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *OTHERS, *arguments)


def test_a_test_gets_an_emulator_of_its_own_without_any_setup(pytester: pytest.Pytester) -> None:
    """The fixture is there because clerkbulk is installed; what one test does, the next one does not see."""
    test = """
def test_one(clerk):
    assert invite(clerk.url, clerk.secret_key, "ada@example.com").status_code == 200
    assert [one["email_address"] for one in clerk.state()["invitations"]] == ["ada@example.com"]

def test_two(clerk):
    assert clerk.state()["invitations"] == []
"""
    outcomes(pytester, test, "-W", "error").assert_outcomes(passed=2)


def test_naming_the_plugin_in_a_conftest_changes_nothing(pytester: pytest.Pytester) -> None:
    """Whoever follows the documentation to the letter gets no error from registering it twice."""
    pytester.makeconftest('pytest_plugins = ["clerkbulk.pytest_plugin"]')
    test = 'def test_one(clerk): assert invite(clerk.url, clerk.secret_key, "ada@example.com").status_code == 200'
    outcomes(pytester, test).assert_outcomes(passed=1)


def test_the_marker_seeds_sets_and_scripts_the_emulator(pytester: pytest.Pytester) -> None:
    """Seed, settings, faults, limits and clock; the marker of a class holds for its tests, a nearer one adds to it."""
    test = """
import pytest

@pytest.mark.clerk(seed={"users": [{"id": "user_a", "email_address": "ada@example.com"}]}, clock="virtual")
class TestSeeded:
    @pytest.mark.clerk(settings={"atomicity": "partial"})
    def test_partial(self, clerk):
        assert invite(clerk.url, clerk.secret_key, "ada@example.com", "bob@example.com").status_code == 422
        assert [one["email_address"] for one in clerk.state()["invitations"]] == ["bob@example.com"]
        assert clerk.state()["now"] == 1_800_014_400_000
        clerk.advance(31 * 86_400)
        assert clerk.state()["invitations"][0]["status"] == "expired"

    @pytest.mark.clerk(faults=[{"do": "status", "status": 503}])
    def test_faults(self, clerk):
        assert invite(clerk.url, clerk.secret_key, "bob@example.com").status_code == 503
        assert invite(clerk.url, clerk.secret_key, "bob@example.com").status_code == 200

@pytest.mark.clerk(limits="off")
def test_no_limits(clerk):
    assert {invite(clerk.url, clerk.secret_key, f"p{n}@example.com").status_code for n in range(26)} == {200}

def test_limits(clerk):
    answers = [invite(clerk.url, clerk.secret_key, f"p{n}@example.com").status_code for n in range(26)]
    assert answers == [200] * 25 + [429]
"""
    outcomes(pytester, test).assert_outcomes(passed=4)


def test_one_emulator_can_serve_the_whole_run(pytester: pytest.Pytester) -> None:
    """clerk_for_session keeps what one test has done for the next; clerk_setup says how it begins."""
    pytester.makeconftest("""
import pytest

@pytest.fixture(scope="session")
def clerk_setup():
    return {"seed": {"organizations": [{"id": "org_acme"}]}, "clock": "virtual"}
""")
    test = """
def test_one(clerk_for_session):
    invite(clerk_for_session.url, clerk_for_session.secret_key, "ada@example.com")
    assert [one["id"] for one in clerk_for_session.state()["organizations"]] == ["org_acme"]

def test_two(clerk_for_session):
    assert len(clerk_for_session.state()["invitations"]) == 1
    clerk_for_session.reset()
    assert clerk_for_session.state()["invitations"] == []
"""
    outcomes(pytester, test).assert_outcomes(passed=2)


def test_code_that_reads_the_environment_meets_the_emulator(pytester: pytest.Pytester) -> None:
    """clerk_environment sets the key and the address, and takes them back."""
    test = """
import clerkbulk as cb

def test_one(clerk_environment):
    job_client = cb.Client.from_env()
    assert job_client.instance()["environment_type"] == "development"

def test_two():
    assert "CLERK_API_URL" not in os.environ
"""
    outcomes(pytester, test).assert_outcomes(passed=2)


def test_a_test_that_fails_shows_what_was_called(pytester: pytest.Pytester) -> None:
    """Beside the failure stand the calls, without keys."""
    test = """
def test_one(clerk):
    invite(clerk.url, clerk.secret_key, "ada@example.com")
    invite(clerk.url, clerk.secret_key, "ada@example.com")
    assert False
"""
    result = outcomes(pytester, test)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*Calls to the clerkbulk emulator*",
            "POST /v1/invitations/bulk → 200",
            "POST /v1/invitations/bulk → 400",
        ]
    )
    assert "sk_test" not in result.stdout.str().partition("Calls to the clerkbulk emulator")[2]


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ("seeds={}", "The marker clerk has no seeds; there are: seed, settings, faults, limits, clock, ids."),
        ("clock='fast'", "The marker clerk: clock is 'fast', and can be real or virtual."),
        ("settings={'atomicty': ''}", "The emulator has no setting 'atomicty'; did you mean atomicity?"),
        ("limits='none'", "The marker clerk: limits is 'none', and can be documented or off."),
        ("{}", "The marker clerk takes names only: @pytest.mark.clerk(seed={...})."),
    ],
)  # fmt: skip
def test_a_marker_that_cannot_be_meant_says_so(pytester: pytest.Pytester, marker: str, said: str) -> None:
    """One sentence, and no traceback of ours."""
    result = outcomes(pytester, f"import pytest\n@pytest.mark.clerk({marker})\ndef test_one(clerk): pass")
    result.assert_outcomes(errors=1)
    assert said in result.stdout.str()
    assert "pytest_plugin.py" not in result.stdout.str()
    assert "another exception" not in result.stdout.str()


def test_the_plugin_costs_a_suite_that_does_not_use_it_next_to_nothing(pytester: pytest.Pytester) -> None:
    """Neither the server nor the client is imported before somebody asks for the fixture."""
    heavy = {"starlette", "uvicorn", "sqlalchemy", "pydantic", "rich"}
    pytester.makepyfile(f"import sys\ndef test_one(): assert {heavy} & set(sys.modules) == set()")
    pytester.runpytest_subprocess("-p", "no:cacheprovider", *OTHERS).assert_outcomes(passed=1)


YOUR_PRODUCT = """
import httpx

def invite_the_team(addresses, *, api_url, secret_key):
    body = [{"email_address": address} for address in addresses]
    httpx.post(f"{api_url}/v1/invitations/bulk", json=body, headers={"Authorization": f"Bearer {secret_key}"})
"""


def test_the_readme_has_the_five_lines(request: pytest.FixtureRequest, pytester: pytest.Pytester) -> None:
    """What the README shows is run, with a product that invites."""
    readme = (request.config.rootpath / "README.md").read_text(encoding="utf-8")
    code = readme.partition("<!-- the fixture -->\n```python\n")[2].partition("```")[0]
    pytester.makepyfile(your_product=YOUR_PRODUCT, test_readme=code)
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


@pytest.mark.parametrize("name", ["clerk", "clerk_for_session"])
def test_a_fixture_of_ones_own_by_the_same_name_is_left_alone(pytester: pytest.Pytester, name: str) -> None:
    """A suite that has a fixture clerk already, a fake of its own, fails as before: installing clerkbulk broke it."""
    test = f"""
import pytest

class Fake:
    calls = ["invited ada"]

@pytest.fixture
def {name}():
    return Fake()

def test_that_fails({name}):
    assert {name}.calls == []

def test_that_passes({name}):
    pass
"""
    result = outcomes(pytester, test)
    result.assert_outcomes(failed=1, passed=1)
    assert "Calls to the clerkbulk emulator" not in result.stdout.str()
