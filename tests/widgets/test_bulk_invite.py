"""BulkInvite: five steps on one draft, from a file to everybody invited, and back to the same place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ipywidgets import Widget
from seeing import every, named, press, sees

import clerkbulk as cb
from clerkbulk.widgets.bulk_invite import BulkInvite

ROWS = ("Ada;Ada@Example.com;core", "Bob;bob@exmaple.com;core", "Cleo;cleo@example.com;ops")
UGLY = "\n".join(["Exported on Monday", "", "Name;E-Mail;Team", *ROWS, ""])


@pytest.fixture
def clerk() -> Iterator[cb.Emulator]:
    with cb.Emulator() as emulator:
        yield emulator


@pytest.fixture
def client(clerk: cb.Emulator) -> Iterator[cb.Client]:
    with clerk.client("sk_test_secretsecret") as made:
        yield made


@pytest.fixture
def ugly(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(UGLY, encoding="utf-8")
    return path


def steps(form: BulkInvite) -> dict[str, Any]:
    node = next(node for node in every(form.part.view()) if node.get("as") == "steps")
    return {"at": node["value"], **{key: state for key, _, _, state in node["options"]}}


def test_it_begins_with_people_and_what_cannot_be_done_yet_is_closed(tmp_path: Path) -> None:
    """Nothing is asked of somebody who has handed in nothing; no ledger is made by looking."""
    form = BulkInvite(ledger=tmp_path / "new.db")
    closed = dict.fromkeys(["columns", "review", "send", "watch"], "closed")
    assert steps(form) == {"at": "people", "people": None, **closed}
    form.part.hear("step", "send")
    assert steps(form)["at"] == "people"
    assert not (tmp_path / "new.db").exists()


def test_people_handed_in_begin_at_the_columns(ugly: Path, tmp_path: Path, client: cb.Client) -> None:
    """What was said in Python stands in the form."""
    form = BulkInvite(ugly, metadata=["Team"], ledger=tmp_path / "new.db", client=client)
    assert steps(form)["at"] == "columns"
    assert named(form.part, "metadata:Team")["value"] is True
    press(form.part, "Next: Review")
    assert steps(form)["at"] == "review"
    assert sees(form.part, "3 rows = 3 ready")


def test_an_edit_of_the_review_is_what_goes_on(ugly: Path, tmp_path: Path, client: cb.Client) -> None:
    """The steps work on one draft: a corrected cell and a row left out are what is sent."""
    form = BulkInvite(ugly, ledger=tmp_path / "new.db", client=client)
    form.part.hear("step", "review")
    form.part.hear("rows.edit", {"line": 5, "column": "E-Mail", "text": "bob@example.com"})
    form.part.hear("rows.mark", 6)
    checked = form.draft.checked()
    assert [one.email_address for one in checked.invitations] == ["ada@example.com", "bob@example.com"]
    form.part.hear("step", "send")
    assert steps(form)["at"] == "send"


def test_a_ledger_with_a_job_under_way_opens_where_it_is_watched(
    tmp_path: Path, clerk: cb.Emulator, client: cb.Client
) -> None:
    """The kernel was restarted and the cell run again: the job is there, and nothing is begun anew."""
    path = tmp_path / "begun.db"
    with cb.Ledger(path) as ledger:
        job = ledger.job(cb.check("\n".join(f"p{n}@example.com" for n in range(30))))
        for progress in job.run(client):
            if progress.sum.sent >= 10:
                job.pause()
    form = BulkInvite(ledger=path, client=client)
    assert steps(form)["at"] == "watch"
    assert sees(form.part, "10")
    assert len(clerk.state()["invitations"]) < 30


def test_a_job_that_nobody_has_begun_is_no_reason_to_watch(tmp_path: Path) -> None:
    """A list that was only looked at waits for its yes: the form begins at the beginning."""
    path = tmp_path / "new.db"
    with cb.Ledger(path) as ledger:
        ledger.job(cb.check("ada@example.com\n"))
    assert steps(BulkInvite(ledger=path))["at"] == "people"


def test_the_state_that_is_saved_with_a_notebook_holds_nobody(ugly: Path, tmp_path: Path, client: cb.Client) -> None:
    """No address, no file, no key, whatever step is open."""
    form = BulkInvite(ugly, ledger=tmp_path / "new.db", client=client)
    for step in ("people", "columns", "review", "send"):
        form.part.hear("step", step)
        form.part.view()
        saved = json.dumps(Widget.get_manager_state(widgets=[form])["state"], default=str)
        assert "example.com" not in saved
        assert "secretsecret" not in saved
        assert "secretsecret" not in json.dumps(form.part.view())


def test_columns_without_people_are_refused(tmp_path: Path) -> None:
    """They would name columns of nothing."""
    with pytest.raises(cb.InputError, match="hand people in too"):
        BulkInvite(metadata=["Team"], ledger=tmp_path / "new.db")
