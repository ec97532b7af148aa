"""The house as design.md draws it: who may import whom, what importing costs, what is public."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import clerkbulk

PACKAGE = Path(clerkbulk.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
# Each room and the rooms it may look into. What stands in the package's own folder is either ground floor or roof.
MAY_IMPORT = {
    "contract": {"contract"},
    "people": {"contract", "people"},
    "sending": {"contract", "people", "sending"},
    "onboarding": {"contract", "people", "sending", "onboarding"},
    "widgets": {"contract", "people", "sending", "onboarding", "widgets"},
    "emulator": {"contract", "emulator"},
    "suite": {"contract", "people", "sending", "emulator", "suite"},
    "drift": {"contract", "sending", "drift"},
    "cli": {
        "contract",
        "people",
        "sending",
        "onboarding",
        "emulator",
        "suite",
        "drift",
        "widgets",
        "cli",
        "demo",
        "rehearsal",
    },
    "demo": {"contract", "people", "sending", "emulator", "demo", "rehearsal"},
    "rehearsal": {"contract", "people", "sending", "emulator", "rehearsal"},
    "__main__": {"cli"},
    "forms": {"widgets", "rehearsal"},
    "pytest_plugin": {"contract", "emulator", "rehearsal"},
    "errors": set(),
    "version": set(),
}
GROUND = {"errors", "version"}
# Libraries, and the only places that may name them. A lazy import inside a function counts as naming.
HEAVY = {
    "httpx": {"sending/client.py", "emulator/transport.py", "emulator/backend.py", "suite/wire.py"},
    "sqlalchemy": {"sending", "onboarding"},
    "matplotlib": {"onboarding/plots", "onboarding/pictures.py", "onboarding/onboarding.py"},
    "psycopg": {"sending/store/postgres.py"},
    "starlette": {"emulator"},
    "uvicorn": {"emulator/server.py"},
    "pytest": {"pytest_plugin.py"},
    "anywidget": {"widgets/screen.py"},
    "traitlets": {"widgets"},
    "ipywidgets": {"widgets"},
    "vcr": {"suite/cassette.py"},
    "rich": {"cli"},
    "click": {"cli"},
    "jsonschema": {"contract/json_schema.py"},
    "narwhals": {"people/frame.py", "onboarding/plots"},
    "pyarrow": {"people", "onboarding/frames.py", "onboarding/report/document.py"},
    "python_calamine": {"people"},
    "xlsxwriter": {"people"},
    "yaml": {"drift/openapi.py", "suite/cassette.py"},
}


def _imports(path: Path) -> list[tuple[str, int]]:
    tree = ast.parse(path.read_text())
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute here"
            found.append((node.module or "", node.lineno))
    return found


def _inside(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def _room(path: Path) -> str:
    return _inside(path).split("/")[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=_inside)
def test_nobody_climbs_the_stairs_backwards(path: Path) -> None:
    """A room imports only rooms below it, however late the import happens."""
    if path == PACKAGE / "__init__.py":
        return
    allowed = MAY_IMPORT[_room(path)] | GROUND
    wrong = [
        f"line {line}: {name}"
        for name, line in _imports(path)
        if name.startswith("clerkbulk.") and name.split(".")[1] not in allowed
    ]
    assert wrong == []


@pytest.mark.parametrize("path", MODULES, ids=_inside)
def test_each_heavy_library_has_its_place(path: Path) -> None:
    """One module of the sender names httpx, the emulator alone its server's library, the roof alone the terminal's."""
    wrong = [
        f"line {line}: {name}"
        for name, line in _imports(path)
        if (places := HEAVY.get(name.split(".")[0])) is not None
        and not any(_inside(path) == place or _inside(path).startswith(f"{place}/") for place in places)
    ]
    assert wrong == []


@pytest.mark.parametrize("path", MODULES, ids=_inside)
def test_only_the_command_line_prints(path: Path) -> None:
    """The package yields progress or returns; it never prints."""
    if _room(path) == "cli":
        return
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    assert [call.lineno for call in calls if getattr(call.func, "id", None) == "print"] == []


@pytest.mark.parametrize("path", MODULES, ids=_inside)
def test_every_file_can_be_read_in_one_sitting(path: Path) -> None:
    """No file is longer than 400 lines."""
    assert len(path.read_text().splitlines()) <= 400


def _loaded_after(statement: str) -> set[str]:
    script = f"import sys; {statement}; import json; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


HEAVY_AT_IMPORT = {
    "pandas", "polars", "pyarrow", "numpy", "narwhals", "matplotlib", "ipywidgets", "anywidget", "IPython", "starlette",
    "uvicorn", "sqlalchemy", "psycopg", "jsonschema", "rich", "httpx", "pydantic", "click", "email_validator",
    "python_calamine",
}  # fmt: skip


def test_importing_clerkbulk_imports_nothing_heavy() -> None:
    """To import clerkbulk loads no frame, plot, widget or server library; not even the client's or the models'."""
    assert _loaded_after("import clerkbulk") & HEAVY_AT_IMPORT == set()


def test_checking_a_list_needs_no_network_server_or_frame_library() -> None:
    """Reading and checking pasted people loads pydantic and nothing else that is heavy."""
    loaded = _loaded_after(
        "import clerkbulk as cb; cb.check('ada@example.com, bob@example.com').invitations[0].to_wire()"
    )
    assert loaded & HEAVY_AT_IMPORT <= {"pydantic"}


def test_the_public_names_are_these() -> None:
    """The top of the package offers a short sorted list, every name of it works, and nothing else leaks."""
    assert clerkbulk.__all__ == sorted(clerkbulk.__all__)
    assert all(getattr(clerkbulk, name) is not None for name in clerkbulk.__all__)
    assert set(dir(clerkbulk)) == set(clerkbulk.__all__)
    # The Python face that notebooks and scripts hold on to.
    assert {
        "read", "check", "batches", "preview", "Client", "Ledger", "Emulator", "Organization", "Application",
        "Invitation", "OrganizationInvitation", "InvitationForm", "BulkInvite", "onboarding",
        "OnboardingView",
    } <= set(clerkbulk.__all__)  # fmt: skip
    with pytest.raises(AttributeError, match="module 'clerkbulk' has no attribute 'nothing'"):
        clerkbulk.nothing  # noqa: B018 - the access is what is tested
