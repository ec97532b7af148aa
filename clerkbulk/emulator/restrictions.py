"""Who is kept out: the allow list, the block list, and the blocks on subaddresses and disposable addresses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from clerkbulk.emulator.circumstances import Circumstances, Verdict, unique
from clerkbulk.emulator.items import Item
from clerkbulk.emulator.refusal import refused
from clerkbulk.emulator.subaddress import without_tag
from clerkbulk.emulator.world import World


def allowed_in(here: Circumstances, items: Sequence[Item]) -> Verdict | None:
    """Nobody is kept out by the allow list, the block list or, where they bite now, the other two blocks."""
    allow, block = here.settings.allowlist, here.settings.blocklist
    struck = [item for item in items if _is_kept_out(item.key, allow, block)]
    if here.settings.restrictions_bite == "at_invitation":
        struck += [item for item in items if item not in struck and _is_disposable(here.world, item.key)]
    if struck:
        addresses = unique(item.email_address for item in struck)
        verb = "is" if len(addresses) == 1 else "are"
        said = f"{', '.join(addresses)} {verb} not allowed to access this application."
        refusal = refused(403, "not_allowed_access", "Access not allowed.", said, {"identifiers": addresses})
        return Verdict(refusal, tuple(struck))
    if here.settings.restrictions_bite == "at_invitation":
        return _no_subaddress(here, items)
    return None


def _is_kept_out(address: str, allow: Sequence[str], block: Sequence[str]) -> bool:
    # The allow list wins where both match; a blocked address blocks its subaddresses (documented, clerk-contract 4.8).
    if not allow and not block:
        return False
    if _listed(address, allow):
        return False
    return bool(allow) or _listed(address, block) or _listed(without_tag(address), block)


def _no_subaddress(here: Circumstances, items: Sequence[Item]) -> Verdict | None:
    struck = tuple(item for item in items if _is_subaddress(here.world, item.key))
    if not struck:
        return None
    # This variant of the code names nobody (clerk-contract 3.3).
    said = "Subaddresses of an account that exists are not allowed to access this application."
    return Verdict(refused(403, "not_allowed_access", "Access not allowed.", said), struck)


def is_kept_out(world: World, address: str) -> bool:
    """Whether the allow list or the block list keeps an address out."""
    return _is_kept_out(address, world.settings.allowlist, world.settings.blocklist)


def sign_up_block(world: World, address: str) -> str | None:
    """Return why nobody can sign up with an address, or None."""
    if _is_disposable(world, address):
        return "the instance blocks disposable addresses"
    if _is_subaddress(world, address):
        return "the instance blocks subaddresses, and an account of the base address exists"
    return None


def _is_disposable(world: World, address: str) -> bool:
    domains = {domain.lower() for domain in world.settings.disposable_domains}
    return address.lower().rpartition("@")[2] in domains


def _is_subaddress(world: World, address: str) -> bool:
    """Whether another account has the same base: the first account of a base address is allowed (documented)."""
    return world.settings.block_subaddresses and world.has_account_of_base(address)


def _listed(address: str, patterns: Iterable[str]) -> bool:
    # Wildcards only as *@domain and *@*.domain (documented); brackets and question marks mean themselves.
    quoted = (pattern.lower().replace("[", "[[]").replace("?", "[?]") for pattern in patterns)
    return any(fnmatchcase(address, pattern) for pattern in quoted)
