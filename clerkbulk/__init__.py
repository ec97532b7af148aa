"""From a messy table of people to everyone invited exactly once through Clerk.

    import clerkbulk as cb

    checked = cb.check("people.xlsx", cb.Organization("org_2abc"), defaults={"role": "org:member"})
    job = cb.Ledger("onboarding.db").job(checked)
    for progress in job.run(cb.Client.from_env()): ...

Names are imported when they are first used: ``import clerkbulk`` itself costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clerkbulk.version import __version__

if TYPE_CHECKING:
    from clerkbulk.contract.invitation import Invitation, OrganizationInvitation
    from clerkbulk.contract.json_schema import schema
    from clerkbulk.contract.target import Application, Organization
    from clerkbulk.errors import (
        ClerkbulkError,
        ClerkRefused,
        InputError,
        KeyRefused,
        LedgerError,
        NotReachable,
        SecretKeyError,
    )
    from clerkbulk.forms import BulkInvite, InvitationForm, OnboardingView
    from clerkbulk.onboarding.opening import onboarding
    from clerkbulk.people.batch import Batch, batches
    from clerkbulk.people.check import check
    from clerkbulk.people.checked import Checked
    from clerkbulk.people.issue import Issue, Issues, Severity
    from clerkbulk.people.mapping import Mapping
    from clerkbulk.people.preview import preview
    from clerkbulk.people.read import read
    from clerkbulk.people.stream import stream
    from clerkbulk.people.table import Row, Table
    from clerkbulk.rehearsal.practice import Emulator
    from clerkbulk.rehearsal.rehearsing import Rehearsal, rehearse
    from clerkbulk.sending.after.results import Result, Results
    from clerkbulk.sending.client import Client
    from clerkbulk.sending.during.worker import Worker
    from clerkbulk.sending.job import Job, Progress
    from clerkbulk.sending.ledger import Ledger
    from clerkbulk.sending.state import Sum
    from clerkbulk.suite.outcomes import run_contract

_HOMES = {
    "Application": "contract.target",
    "Batch": "people.batch",
    "BulkInvite": "forms",
    "Checked": "people.checked",
    "ClerkRefused": "errors",
    "ClerkbulkError": "errors",
    "Client": "sending.client",
    "Emulator": "rehearsal.practice",
    "InputError": "errors",
    "Invitation": "contract.invitation",
    "InvitationForm": "forms",
    "Issue": "people.issue",
    "Issues": "people.issue",
    "Job": "sending.job",
    "KeyRefused": "errors",
    "Ledger": "sending.ledger",
    "LedgerError": "errors",
    "Mapping": "people.mapping",
    "NotReachable": "errors",
    "OnboardingView": "forms",
    "Organization": "contract.target",
    "OrganizationInvitation": "contract.invitation",
    "Progress": "sending.job",
    "Rehearsal": "rehearsal.rehearsing",
    "Result": "sending.after.results",
    "Results": "sending.after.results",
    "Row": "people.table",
    "SecretKeyError": "errors",
    "Severity": "people.issue",
    "Sum": "sending.state",
    "Table": "people.table",
    "Worker": "sending.during.worker",
    "batches": "people.batch",
    "check": "people.check",
    "preview": "people.preview",
    "read": "people.read",
    "rehearse": "rehearsal.rehearsing",
    "run_contract": "suite.outcomes",
    "schema": "contract.json_schema",
    "stream": "people.stream",
}

__all__ = [
    "Application",
    "Batch",
    "BulkInvite",
    "Checked",
    "ClerkRefused",
    "ClerkbulkError",
    "Client",
    "Emulator",
    "InputError",
    "Invitation",
    "InvitationForm",
    "Issue",
    "Issues",
    "Job",
    "KeyRefused",
    "Ledger",
    "LedgerError",
    "Mapping",
    "NotReachable",
    "OnboardingView",
    "Organization",
    "OrganizationInvitation",
    "Progress",
    "Rehearsal",
    "Result",
    "Results",
    "Row",
    "SecretKeyError",
    "Severity",
    "Sum",
    "Table",
    "Worker",
    "__version__",
    "batches",
    "check",
    "onboarding",
    "preview",
    "read",
    "rehearse",
    "run_contract",
    "schema",
    "stream",
]


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name == "onboarding":
        return import_module("clerkbulk.onboarding")  # the room, which can be called
    if name in _HOMES:
        return getattr(import_module(f"clerkbulk.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'clerkbulk' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
