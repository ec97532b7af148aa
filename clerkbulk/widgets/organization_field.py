"""OrganizationField: which organization people are invited to, typed or chosen, and what Clerk says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from clerkbulk.contract.target import Application, Organization
from clerkbulk.errors import InputError
from clerkbulk.sending.before.organization import FoundOrganization, find_organization, seen_organizations
from clerkbulk.widgets import nodes
from clerkbulk.widgets.access import Access
from clerkbulk.widgets.draft import Draft
from clerkbulk.widgets.errands import Errands, Then
from clerkbulk.widgets.nodes import Node

TARGET: Final = "target"
ORGANIZATION: Final = "organization"
SEEN: Final = "seen_organization"
FIND: Final = "find_organization"
_NAMES: Final = "names"


class OrganizationField:
    """Where a draft goes: the application, or an organization by its id; with a key by its slug or from a list, too.

    Clerk is asked when somebody chooses an organization, or presses a button. used are the ids of organizations that
    were invited to before, the newest first.
    """

    def __init__(self, draft: Draft, access: Access, errands: Errands, used: Sequence[str] = ()) -> None:
        self.draft, self.access, self.errands = draft, access, errands
        self.used = tuple(used)
        self.trouble: str | None = None
        self._is_wanted = isinstance(draft.target, Organization)
        self._typed: str | None = None
        self._names: Mapping[str, str] = {}
        self._found: FoundOrganization | None = None

    @property
    def is_settled(self) -> bool:
        """Whether the draft goes where the fields say: not while an organization is still to be named or looked up."""
        target = self.draft.target
        return not self._is_wanted or (isinstance(target, Organization) and self._wanted() == target.organization_id)

    def follow(self) -> None:
        """Take the draft's target over: somebody else has set it."""
        self._is_wanted = isinstance(self.draft.target, Organization)
        self._typed = self.trouble = None

    def hear(self, name: str, value: object) -> bool:
        """Take a choice, an id, or a button; return whether it was one of these."""
        if name == TARGET:
            self._choose(str(value))
        elif name == ORGANIZATION:
            self._type(str(value))
        elif name == SEEN:
            if value:
                self._type(str(value))
                self._begin_to_find()
        elif name == FIND:
            self._begin_to_find()
        elif self.access.hear(name, value):
            self._found, self._names = None, {}
            self._begin_to_list()
        else:
            return False
        return True

    def _choose(self, target: str) -> None:
        self.trouble, self._typed = None, None
        self._is_wanted = target == "organization"
        if self._is_wanted:
            self._begin_to_list()
        else:
            self.draft.aim(Application())

    def _type(self, text: str) -> None:
        self.trouble, self._typed = None, text.strip()
        self.errands.trouble.pop(FIND, None)
        try:
            self._aim(Organization(self._typed))
        except InputError as error:
            # With a key it may be a slug, and the button finds out.
            if self._typed and self.access.client is None:
                self.trouble = str(error)

    def _aim(self, target: Organization) -> None:
        if target != self.draft.target:
            self.draft.aim(target)

    def _begin_to_list(self) -> None:
        client = self.access.client
        if client is None or not self._is_wanted:
            return

        def work() -> Then:
            with self.access.using(client):
                names = seen_organizations(client)

            def then() -> None:
                if client is self.access.client:
                    self._names = names

            return then

        self.errands.begin(_NAMES, lambda: "Reading which organizations people were invited to lately.", work)

    def _begin_to_find(self) -> None:
        client, wanted = self.access.client, self._wanted()
        if client is None or not wanted:
            return

        def work() -> Then:
            with self.access.using(client):
                found = find_organization(client, wanted)

            def then() -> None:
                # Somebody may have typed another one, or taken another key, meanwhile.
                if client is self.access.client and wanted == self._wanted() and self._is_wanted:
                    self._found, self._typed = found, found.id
                    self._aim(Organization(found.id))

            return then

        self.errands.begin(FIND, lambda: f"Looking {wanted} up in Clerk.", work)

    def _wanted(self) -> str:
        target = self.draft.target
        if self._typed is not None:
            return self._typed
        return target.organization_id if isinstance(target, Organization) else ""

    def view(self) -> Node:
        """Return the choice; of an organization its id, those seen before, and what Clerk says of it."""
        to_one = self._is_wanted
        fields = [
            nodes.field(
                TARGET, "Invite to", "organization" if to_one else "application", kind="select",
                options=[("application", "the application"), ("organization", "an organization")],
            )
        ]  # fmt: skip
        if not to_one:
            return nodes.box([nodes.box(fields, as_="fields", label="Where to")])
        if listed := self._listed():
            options = [("", "choose one …"), *((key, _called(key, name)) for key, name in listed.items())]
            chosen = self._wanted() if self._wanted() in listed else ""
            fields.append(
                nodes.field(
                    SEEN, "Invited to before", chosen, kind="select", options=options,
                    help_="Another one: type it in the field beside.",
                )
            )  # fmt: skip
        has_key = self.access.client is not None
        fields.append(
            nodes.field(
                ORGANIZATION, "Organization id or slug" if has_key else "Organization id", self._wanted(),
                placeholder="such as org_2abc", error=self.trouble,
                help_="From the Clerk Dashboard, Organizations."
                + ("" if has_key else " With the secret key its slug will do, and its name is shown."),
            )
        )  # fmt: skip
        return nodes.box(
            [nodes.box(fields, as_="fields", label="Where to"), *(self._by_key() if has_key else self._without_key())]
        )

    def _by_key(self) -> list[Node]:
        found, wanted = self._found, self._wanted()
        is_found = found is not None and wanted == found.id
        button = nodes.button(
            FIND, "Look again" if is_found else "Look it up",
            tone="small" if is_found else "plain" if self.is_settled else "primary",
            disabled=not wanted or self.errands.is_under_way(FIND),
        )  # fmt: skip
        said = self.errands.view(FIND)
        if found is not None and is_found and not said:
            said = [nodes.notice(found.sentence, tone="ok")]
        elif wanted and not self.is_settled and not said:
            said = [nodes.text("This is no id: look it up, should it be a slug.", tone="dim")]
        return [*self.errands.view(_NAMES), *said, nodes.box([button], as_="row", key="find")]

    def _without_key(self) -> list[Node]:
        return [nodes.details("Look it up in Clerk", [self.access.view()])]

    def _listed(self) -> Mapping[str, str]:
        """Return the names of those to choose from: those Clerk knows by name first, then those of the ledger."""
        named = dict(sorted(self._names.items(), key=lambda pair: pair[1].casefold()))
        return named | {key: key for key in self.used if key not in named}


def _called(organization_id: str, name: str) -> str:
    return organization_id if name == organization_id else f"{name} ({organization_id})"
