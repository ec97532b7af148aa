"""The wheel: built, installed in a fresh environment, used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TRY = """
import json
import clerkbulk as cb
from clerkbulk.contract.json_schema import SchemaName, schema
from clerkbulk.rehearsal import VirtualClock

schemas = [schema(name)["$id"] for name in SchemaName]
clock = VirtualClock()
with cb.Emulator(clock=clock) as clerk:
    checked = cb.check("ada@example.com; bob@example.com")
    job = cb.Ledger("ledger.db", clock=clock).job(checked)
    for progress in job.run(clerk.client()):
        pass
    print(json.dumps([len(schemas), progress.state, len(clerk.state()["invitations"]), cb.__file__]))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (built,) = out.glob("*.whl")
    return built


def test_the_wheel_holds_what_a_user_needs(wheel: Path) -> None:
    """Schemas, the cases' cassettes, type marker, licence and the demo are inside; tests and notebooks are not."""
    names = zipfile.ZipFile(wheel).namelist()
    schemas = sorted(path.name for path in (ROOT / "schemas").glob("*.json"))
    assert sorted(Path(name).name for name in names if name.startswith("clerkbulk/schemas/")) == ["README.md", *schemas]
    cassettes = sorted(path.name for path in (ROOT / "cassettes" / "contract").glob("*.yaml"))
    assert sorted(Path(name).name for name in names if name.startswith("clerkbulk/cassettes/")) == cassettes
    assert "clerkbulk/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert any(name.startswith("clerkbulk/demo/") for name in names)
    for name in ("static/screen.js", "static/screen.css", "static/preact.mjs", "app/forms.ipynb"):
        assert f"clerkbulk/widgets/{name}" in names
    assert any(name.startswith("clerkbulk/widgets/app/voila/") for name in names)
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"clerkbulk"}


def test_the_wheel_works_in_a_fresh_environment(wheel: Path, tmp_path: Path) -> None:
    """Installed apart from the checkout, clerkbulk checks, sends to its emulator and has its command."""
    place = tmp_path / "fresh"
    venv.create(place, with_pip=True)
    python = place / "bin" / "python"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CLERK_"))}
    subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--constraint", str(ROOT / "constraints.txt"), f"{wheel}[emulator]"],
        check=True, cwd=tmp_path, env=environment,
    )  # fmt: skip
    done = subprocess.run(
        [str(python), "-W", "error", "-c", TRY],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
    )
    schemas, state, invited, where = json.loads(done.stdout)
    assert (schemas, state, invited) == (14, "done", 2)
    assert Path(where).is_relative_to(place)
    version = subprocess.run(
        [str(place / "bin" / "clerkbulk"), "--version"], check=True, capture_output=True, text=True, env=environment
    )
    assert version.stdout.startswith("clerkbulk, version 0.")
    as_module = subprocess.run(
        [str(python), "-m", "clerkbulk", "--version"], check=True, capture_output=True, text=True, env=environment
    )
    assert as_module.stdout == version.stdout
