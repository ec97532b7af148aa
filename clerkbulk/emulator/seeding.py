"""Seeds: a world as a test wants to find it. Everything is read first and put second, so a mistake changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clerkbulk.contract.address import AddressError, address_key, normal_form
from clerkbulk.contract.invitation import DEFAULT_EXPIRY
from clerkbulk.emulator.control_error import ControlError
from clerkbulk.emulator.invitation import DAY, STATUSES, Invitation
from clerkbulk.emulator.organization import MANAGE_MEMBERSHIPS, Membership, Organization, Role, RoleSet
from clerkbulk.emulator.user import EmailAddress, User
from clerkbulk.emulator.world import World

_KINDS = ("organizations", "users", "roles", "role_sets", "memberships", "invitations")
_UNLIMITED = 0


def seed(world: World, now: int, document: Any) -> dict[str, Any]:
    """Put what document lists into the world and return it in wire shape. Raises ControlError, and changes nothing.

    Ids, times and most other fields are optional. An organization without max_allowed_memberships has no limit, so
    that a test that names an organization and invites 300 people is not stopped by Clerk's default of 5.
    """
    return _Seed(world, now).plant(document)


class _Seed:
    def __init__(self, world: World, now: int) -> None:
        self.world = world
        self.now = now
        self.organizations: dict[str, Organization] = {}
        self.roles: dict[str, Role] = {}
        self.role_sets: dict[str, RoleSet] = {}
        self.users: dict[str, User] = {}
        self.user_ids: dict[str, str] = {}
        self.memberships: list[Membership] = []
        self.invitations: list[Invitation] = []

    def plant(self, document: Any) -> dict[str, Any]:
        if not isinstance(document, Mapping):
            raise ControlError(f"A seed is an object with lists: {', '.join(_KINDS)}.")
        for name in document:
            if name not in _KINDS:
                raise ControlError(f"A seed has no {name!r}; it has lists of {', '.join(_KINDS)}.")
        readers = {
            "role_sets": self.role_set,
            "organizations": self.organization,
            "users": self.user,
            "roles": self.role,
            "memberships": self.membership,
            "invitations": self.invitation,
        }
        for kind, read in readers.items():
            entries = document.get(kind, [])
            if not isinstance(entries, list):
                raise ControlError(f"{kind} is a list.")
            for place, entry in enumerate(entries, 1):
                read(_Given(kind, place, entry))
        return self.put()

    def put(self) -> dict[str, Any]:
        world = self.world
        for organization in self.organizations.values():
            world.put_organization(organization)
        world.roles.update(self.roles)
        world.role_sets.update(self.role_sets)
        for user in self.users.values():
            world.put_user(user)
        for membership in self.memberships:
            world.put_membership(membership)
        for invitation in self.invitations:
            world.put_invitation(invitation)
        return {
            "organizations": [world.organization_wire(one, counted=True) for one in self.organizations.values()],
            "users": [user.to_wire() for user in self.users.values()],
            "roles": [role.to_wire() for role in self.roles.values()],
            "memberships": [world.membership_wire(one) for one in self.memberships],
            "invitations": [world.invitation_wire(one) for one in self.invitations if not one.organization_id],
            "organization_invitations": [world.invitation_wire(one) for one in self.invitations if one.organization_id],
        }

    def organization(self, given: _Given) -> None:
        name = given.text("name", "Organization")
        created_at = given.number("created_at", self.now)
        organization = Organization(
            id=given.text("id", "") or self.id("org"),
            name=name,
            slug=given.text("slug", "") or self.slug(name),
            created_at=created_at,
            updated_at=given.number("updated_at", created_at),
            max_allowed_memberships=given.number("max_allowed_memberships", _UNLIMITED),
            seats=None if given.get("seats") is None else given.number("seats", 0),
            created_by=given.text("created_by", "") or None,
            public_metadata=given.object("public_metadata"),
            private_metadata=given.object("private_metadata"),
            role_set_key=self.role_set_key(given),
        )
        given.finish()
        self.organizations[organization.id] = organization

    def role_set_key(self, given: _Given) -> str | None:
        key = given.text("role_set_key", "") or None
        if key is not None and key not in self.role_sets and key not in self.world.role_sets:
            raise given.wrong(f"there is no role set {key!r}; list it under role_sets")
        return key

    def role_set(self, given: _Given) -> None:
        key, roles = given.text("key", ""), given.get("roles")
        if not key or not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
            raise given.wrong('a role set has a key and the keys of its roles, such as ["org:member"]')
        given.finish()
        self.role_sets[key] = RoleSet(key, tuple(roles))

    def slug(self, name: str) -> str:
        taken, slug, number = {one.slug for one in self.organizations.values()}, self.world.free_slug(name), 2
        while slug in taken:
            slug, number = self.world.free_slug(f"{name} {number}"), number + 1
        return slug

    def role(self, given: _Given) -> None:
        key = given.text("key", "")
        if not key:
            raise given.wrong("a role has a key, such as org:guest")
        permissions = given.get("permissions")
        admin = [MANAGE_MEMBERSHIPS] if given.flag("is_creator_eligible") else []
        role = Role(
            id=given.text("id", "") or self.id("role"),
            key=key,
            name=given.text("name", "") or key.rpartition(":")[2].replace("_", " ").capitalize(),
            created_at=self.now,
            updated_at=self.now,
            description=given.text("description", "") or None,
            permissions=tuple(permissions if isinstance(permissions, list) else admin),
            is_creator_eligible=given.flag("is_creator_eligible"),
        )
        given.finish()
        self.roles[key] = role

    def user(self, given: _Given) -> None:
        single, several = given.get("email_address"), given.get("email_addresses")
        texts = several if isinstance(several, list) else [one for one in (single, several) if one is not None]
        # The wire shape of a user has objects here; either form will do.
        texts = [one.get("email_address") if isinstance(one, Mapping) else one for one in texts]
        created_at = given.number("created_at", self.now)
        self.add_user(
            User(
                id=given.text("id", "") or self.id("user"),
                email_addresses=tuple(EmailAddress(self.id("idn"), given.address(text)) for text in texts),
                created_at=created_at,
                updated_at=given.number("updated_at", created_at),
                first_name=given.text("first_name", "") or None,
                last_name=given.text("last_name", "") or None,
                username=given.text("username", "") or None,
                external_id=given.text("external_id", "") or None,
                public_metadata=given.object("public_metadata"),
                private_metadata=given.object("private_metadata"),
                unsafe_metadata=given.object("unsafe_metadata"),
                banned=given.flag("banned"),
                locked=given.flag("locked"),
                last_sign_in_at=given.number("last_sign_in_at", 0) or None,
                last_active_at=given.number("last_active_at", 0) or None,
            )
        )
        given.finish()

    def add_user(self, user: User) -> None:
        self.users[user.id] = user
        self.user_ids.update((entry.key, user.id) for entry in user.email_addresses)

    def membership(self, given: _Given) -> None:
        organization_id, created_at = self.organization_id(given), given.number("created_at", self.now)
        membership = Membership(
            id=given.text("id", "") or self.id("orgmem"),
            organization_id=organization_id,
            user_id=self.member(given),
            role=self.role_key(given),
            created_at=created_at,
            updated_at=given.number("updated_at", created_at),
            public_metadata=given.object("public_metadata"),
            private_metadata=given.object("private_metadata"),
        )
        given.finish()
        self.memberships.append(membership)

    def member(self, given: _Given) -> str:
        """Return the id of a membership's user, who is made if only an address is known."""
        user_id, text = given.text("user_id", ""), given.get("email_address")
        if user_id:
            if user_id not in self.users and user_id not in self.world.users:
                raise given.wrong(f"there is no user {user_id}")
            return user_id
        if text is None:
            raise given.wrong("a membership has a user_id or an email_address")
        address = given.address(text)
        found = self.world.user_with(address)
        known = self.user_ids.get(address_key(address)) or (found.id if found else None)
        if known is None:
            known = self.id("user")
            self.add_user(User(known, (EmailAddress(self.id("idn"), address),), self.now, self.now))
        return known

    def invitation(self, given: _Given) -> None:
        organization_id = self.organization_id(given) if given.get("organization_id") is not None else None
        status = given.text("status", "pending")
        if status not in STATUSES:
            raise given.wrong(f"status is {status!r}, and can be {', '.join(STATUSES)}")
        life = given.number("expires_in_days", DEFAULT_EXPIRY) * DAY
        created_at = given.number("created_at", self.now - life if status == "expired" else self.now)
        inviter_id = given.text("inviter_user_id", "") or given.text("inviter_id", "") or None
        if inviter_id and inviter_id not in self.users and inviter_id not in self.world.users:
            raise given.wrong(f"there is no user {inviter_id}")
        kind = self.world.organization_invitations if organization_id else self.world.invitations
        if kind.get(given.text("id", "")) is not None:
            raise given.wrong(f"there is an invitation {given.text('id', '')} already")
        invitation = Invitation(
            id=given.text("id", "") or self.id("orginv" if organization_id else "inv"),
            email_address=given.address(given.get("email_address")),
            status=status,
            ticket=self.world.ids.ticket(),
            created_at=created_at,
            updated_at=given.number("updated_at", created_at),
            expires_at=given.number("expires_at", created_at + life),
            public_metadata=given.object("public_metadata"),
            organization_id=organization_id,
            role=self.role_key(given) if organization_id else "",
            inviter_id=inviter_id,
            private_metadata=given.object("private_metadata"),
        )
        given.finish()
        self.invitations.append(invitation)

    def organization_id(self, given: _Given) -> str:
        found = given.text("organization_id", "")
        if found not in self.organizations and found not in self.world.organizations:
            raise given.wrong(f"there is no organization {found!r}; list it under organizations")
        return found

    def role_key(self, given: _Given) -> str:
        key = given.text("role", "org:member")
        if key not in self.roles and key not in self.world.roles:
            raise given.wrong(f"there is no role {key!r}; list it under roles")
        return key

    def id(self, prefix: str) -> str:
        return self.world.ids.new(prefix, self.now / 1000)


class _Given:
    """One entry of a seed, and the readers of its fields; finish() refuses what nobody has asked for."""

    def __init__(self, kind: str, place: int, entry: Any) -> None:
        self._where = f"{kind}, number {place}"
        if not isinstance(entry, Mapping):
            raise self.wrong("it is not an object")
        self._entry = entry
        self._asked: set[str] = {"object"}

    def wrong(self, why: str) -> ControlError:
        return ControlError(f"Seed: {self._where}: {why}.")

    def get(self, name: str) -> Any:
        self._asked.add(name)
        return self._entry.get(name)

    def text(self, name: str, default: str) -> str:
        return str(self._typed(name, default, (str,), "a text"))

    def number(self, name: str, default: int) -> int:
        return int(self._typed(name, default, (int,), "a whole number"))

    def flag(self, name: str) -> bool:
        return bool(self._typed(name, False, (bool,), "true or false"))

    def object(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._typed(name, {}, (Mapping,), "an object")
        return found

    def address(self, text: Any) -> str:
        try:
            return normal_form(text if isinstance(text, str) else "")
        except AddressError as error:
            raise self.wrong(f"email_address {text!r}: {error}") from None

    def finish(self) -> None:
        for name in self._entry:
            if name not in self._asked:
                raise self.wrong(f"nobody knows what {name!r} is; there are: {', '.join(sorted(self._asked))}")

    def _typed(self, name: str, default: Any, types: tuple[type, ...], words: str) -> Any:
        value = self.get(name)
        if value is None:
            return default
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise self.wrong(f"{name} is {value!r}, and should be {words}")
        return value
