"""The notebooks run from top to bottom, against the emulator, and are committed without outputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

FOLDER = Path(__file__).parent
NOTEBOOKS = sorted((FOLDER.parent / "notebooks").glob("*.ipynb"))
TRUTHS = {"05-onboarding": "story_of_onboarding"}
"""Modules of this folder: their hold() gets what a notebook leaves behind, and fails where that is not so."""
HOLD = "import sys; sys.path.insert(0, {folder!r}); import {module}; {module}.hold(globals())"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_runs_clean(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every cell runs without an error or a warning, shows no key of the environment, and no number that is not so."""
    planted = "sk_test_plantedkey1"
    monkeypatch.setenv("CLERK_SECRET_KEY", planted)
    notebook = nbformat.read(path, as_version=4)
    if path.stem in TRUTHS:
        notebook.cells.append(nbformat.v4.new_code_cell(HOLD.format(folder=str(FOLDER), module=TRUTHS[path.stem])))
    # A kernel over IPC: over TCP one run in thirty never ends.
    kernel = AsyncKernelManager(kernel_name="python3", transport="ipc", ip=str(tmp_path / "k"))
    NotebookClient(
        notebook, km=kernel, timeout=240, startup_timeout=60, store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute(cleanup_kc=True)  # fmt: skip
    outputs: list[Any] = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert [output for output in outputs if output.get("name") == "stderr"] == []
    assert planted not in json.dumps(outputs)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_is_committed_without_outputs(path: Path) -> None:
    """Nothing that was printed once, and no widget state, lies in the file."""
    notebook = json.loads(path.read_text())
    assert "widgets" not in notebook["metadata"]
    for cell in notebook["cells"]:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None
