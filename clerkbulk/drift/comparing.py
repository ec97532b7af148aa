"""Two shapes side by side: what we send must fit through Clerk's, what Clerk answers must fit through ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from clerkbulk.drift.difference import Difference, Grade
from clerkbulk.drift.openapi import LONGEST_TRAIL
from clerkbulk.drift.shape import LEAST, MOST, Places, Shape, shape_of
from clerkbulk.errors import InputError

NOT_STATED = "not stated"
OWN_RULES = {"pattern", "format", "minLength", "maxLength"}
"""Keywords under which our schemas may be stricter than Clerk's: the form of texts and the size of metadata."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where two shapes are compared: the call, and the path inside what is sent or answered."""

    operation: str
    field: str
    partial: bool = False
    """Whether only what ours names counts: fields that Clerk has besides are none of our business."""

    def below(self, name: str) -> Spot:
        """Return the spot of a property, or of the items (``[]``)."""
        return replace(self, field=f"{self.field}{name}" if name == "[]" else f"{self.field}.{name}")

    def differs(self, grade: Grade, kind: str, pointer: str, theirs: str, what: str) -> Difference:
        """Return a difference here."""
        return Difference(grade, kind, (self.operation,), self.field, pointer, theirs, what[0].upper() + what[1:])


def sent(ours: Places, theirs: Places, spot: Spot, depth: int = 0) -> Iterator[Difference]:
    """Yield the differences of a value we send: whatever Clerk newly forbids is breaking. Raises InputError."""
    own, clerks = shape_of(ours), shape_of(theirs)
    if clerks.alternatives:
        options = [tuple(sent(ours, option, spot, _deeper(depth, clerks))) for option in clerks.alternatives]
        # One of them is enough: the one that suits us best is what we go on sending.
        best = min(options, key=lambda option: sum(each.grade is Grade.BREAKING for each in option))
        yield from best
        yield _choice(spot, clerks)
        return
    if own.types != clerks.types:
        fits = not clerks.types or _covers(clerks.types, own.types)
        yield spot.differs(
            Grade.NEW if fits else Grade.BREAKING,
            "type",
            clerks.pointer,
            _named(clerks.types),
            f"ours sends {_named(own.types)}; Clerk's document takes {_named(clerks.types)}. "
            + (
                "Nothing fails; see whether to use it." if fits else "Calls may be refused: change ours before sending."
            ),
        )
    if own.types and clerks.types and not own.types & clerks.types and "object" in (own.types | clerks.types):
        return  # nothing inside can be compared
    yield from _null_sent(own, clerks, spot)
    yield from _enum_sent(own, clerks, spot)
    yield from _bounds(own, clerks, spot)
    yield from _rules(own, clerks, spot)
    yield from _default(own, clerks, spot)
    yield from _openness(own, clerks, spot)
    yield from _deprecation(own, clerks, spot)
    for name in sorted(own.properties.keys() & clerks.properties.keys()):
        here = spot.below(name)
        if name in clerks.required and name not in own.required:
            yield here.differs(
                Grade.BREAKING, "required", clerks.below(name), "required",
                "ours leaves it out where it is not given; Clerk's document now requires it. Give it in every row.",
            )  # fmt: skip
        elif name in own.required and name not in clerks.required:
            yield here.differs(
                Grade.NEW, "required", clerks.below(name), "optional",
                "ours requires it; Clerk's document does not. Nothing fails; see whether to let it be left out.",
            )  # fmt: skip
        yield from sent(own.properties[name], clerks.properties[name], here, depth)
    yield from _strangers_sent(own, clerks, spot)
    if own.items and clerks.items:
        yield from sent(own.items, clerks.items, spot.below("[]"), depth)
    elif own.items:
        yield _undescribed(spot, clerks)


def read(ours: Places, theirs: Places, spot: Spot, depth: int = 0) -> Iterator[Difference]:
    """Yield the differences of a value we read, leniently: what is more than we know is new. Raises InputError."""
    own, clerks = shape_of(ours), shape_of(theirs)
    if clerks.alternatives:
        for option in clerks.alternatives:
            yield from read(ours, option, spot, _deeper(depth, clerks))
        yield _choice(spot, clerks)
        return
    fits = not clerks.types or not own.types or _covers(own.types, clerks.types)
    if own.types and own.types != clerks.types and not (fits and spot.partial):
        yield spot.differs(
            Grade.NEW if fits else Grade.BREAKING,
            "type",
            clerks.pointer,
            _named(clerks.types),
            f"ours reads {_named(own.types)}; Clerk's document answers {_named(clerks.types)}. "
            + ("It is still read." if fits else "It cannot be read any longer: change what reads it."),
        )
        if not fits:
            return
    if own.nullable != clerks.nullable:
        yield spot.differs(
            Grade.BREAKING if clerks.nullable else Grade.NEW,
            "null",
            clerks.pointer,
            "null" if clerks.nullable else "never null",
            "ours is never null; Clerk's document says it may be. Look at what reads it."
            if clerks.nullable
            else "ours may be null; Clerk's document says it never is. It is still read.",
        )
    yield from _enum_read(own, clerks, spot)
    yield from _deprecation(own, clerks, spot)
    # An object without a word on what is in it, such as the meta of an error, may hold what we look for.
    described = bool(clerks.properties or own.required) or clerks.additional == "closed"
    for name, inner in own.properties.items():
        here = spot.below(name)
        if name in clerks.properties:
            needed = name in own.required
            if needed != (name in clerks.required) and (needed or not spot.partial):
                yield _requirement_read(here, name, needed, clerks)
            yield from read(inner, clerks.properties[name], here, depth)
        elif described:
            needed = spot.partial or name in own.required
            yield here.differs(
                Grade.BREAKING if needed else Grade.NEW,
                "gone",
                clerks.below(name),
                "absent",
                "ours reads it and cannot do without; Clerk's document does not have it. Change what reads it."
                if needed
                else "ours reads it where it is there; Clerk's document does not have it. Nothing fails.",
            )
    for name in sorted(clerks.properties.keys() - own.properties.keys()) if not spot.partial and own.properties else ():
        yield spot.below(name).differs(
            Grade.NEW, "more", clerks.below(name), "present",
            "ours does not know it; Clerk's document answers it. It is kept unread; see whether it is of use.",
        )  # fmt: skip
    undescribed = clerks.required - clerks.properties.keys() - own.properties.keys()
    for name in sorted(undescribed) if not spot.partial else ():
        yield spot.below(name).differs(
            Grade.NEW, "required", clerks.below(name), "required",
            "ours does not know it; Clerk's document promises it without describing it. Nothing fails.",
        )  # fmt: skip
    if own.items and clerks.items:
        yield from read(own.items, clerks.items, spot.below("[]"), depth)
    elif own.items:
        yield _undescribed(spot, clerks)


def _deeper(depth: int, clerks: Shape) -> int:
    if depth >= LONGEST_TRAIL // 10:
        raise InputError(f"The schema at {clerks.pointer} in the OpenAPI document chooses between choices without end.")
    return depth + 1


def _undescribed(spot: Spot, clerks: Shape) -> Difference:
    return spot.differs(
        Grade.NEW, "items", clerks.pointer, "not described",
        "ours knows what the items are; Clerk's document does not say any longer. Nothing can be compared in them.",
    )  # fmt: skip


def _choice(spot: Spot, clerks: Shape) -> Difference:
    return spot.differs(
        Grade.NEW, "choice", clerks.pointer, f"{len(clerks.alternatives)} shapes",
        f"ours has one shape; Clerk's document has a choice of {len(clerks.alternatives)}. Read what they are for.",
    )  # fmt: skip


def _covers(wide: frozenset[str], narrow: frozenset[str]) -> bool:
    return narrow <= (wide | {"integer"} if "number" in wide else wide)


def _named(types: frozenset[str]) -> str:
    return " or ".join(sorted(types)) if types else "anything"


def _null_sent(own: Shape, clerks: Shape, spot: Spot) -> Iterator[Difference]:
    if own.nullable == clerks.nullable:
        return
    if own.nullable:
        what = (
            "our schema of parameters lets null pass; Clerk's document does not take it. Our own calls never send "
            "null; calls made by hand must leave the parameter out."
        )
    else:
        what = "ours is never null; Clerk's document takes null. We leave out what is not given; nothing to do."
    grade = Grade.BREAKING if own.nullable else Grade.NEW
    yield spot.differs(grade, "null", clerks.pointer, "null" if clerks.nullable else "never null", what)


def _enum_sent(own: Shape, clerks: Shape, spot: Spot) -> Iterator[Difference]:
    if (own.enum is None and clerks.enum is None) or set(own.enum or ()) == set(clerks.enum or ()):
        return
    theirs = ", ".join(clerks.enum) if clerks.enum is not None else "any value"
    lost = clerks.enum is not None and (own.enum is None or not set(own.enum) <= set(clerks.enum))
    mine = ", ".join(own.enum) if own.enum is not None else "any value"
    yield spot.differs(
        Grade.BREAKING if lost else Grade.NEW,
        "enum",
        clerks.pointer,
        theirs,
        f"ours sends {mine}; Clerk's document takes {theirs}. "
        + ("The rest would be refused: stop sending it." if lost else "Nothing fails; see whether to use it."),
    )


def _enum_read(own: Shape, clerks: Shape, spot: Spot) -> Iterator[Difference]:
    if own.enum == clerks.enum or set(own.enum or ()) == set(clerks.enum or ()):
        return
    if own.enum is None:
        yield spot.differs(
            Grade.NEW, "enum", clerks.pointer, ", ".join(clerks.enum or ()),
            f"ours reads any value; Clerk's document names {', '.join(clerks.enum or ())}. It is still read.",
        )  # fmt: skip
        return
    theirs = ", ".join(clerks.enum) if clerks.enum is not None else "any value"
    gone = [] if clerks.enum is None else [value for value in own.enum if value not in clerks.enum]
    yield spot.differs(
        Grade.BREAKING if gone else Grade.NEW,
        "enum",
        clerks.pointer,
        theirs,
        f"ours knows {', '.join(own.enum)}; Clerk's document answers {theirs}. "
        + (f"What waits for {', '.join(gone)} waits in vain." if gone else "What is unknown is shown as it is."),
    )


def _bounds(own: Shape, clerks: Shape, spot: Spot) -> Iterator[Difference]:
    for words, ours, theirs, sign in ((LEAST, own.least, clerks.least, 1), (MOST, own.most, clerks.most, -1)):
        for word in words:
            mine, clerk = ours.get(word), theirs.get(word)
            if mine == clerk or (clerk is None and word in OWN_RULES):
                continue
            narrower = clerk is not None and (mine is None or sign * clerk > sign * mine)
            if not narrower and word in OWN_RULES:
                continue
            yield spot.differs(
                Grade.BREAKING if narrower else Grade.NEW,
                word,
                clerks.pointer,
                _bound(clerk),
                f"the {word} is {_bound(mine)} with us and {_bound(clerk)} in Clerk's document. "
                + ("Keep to it." if narrower else "Nothing fails; see whether to use the room."),
            )


def _bound(number: float | None) -> str:
    return NOT_STATED if number is None else f"{number:g}"


def _rules(own: Shape, clerks: Shape, spot: Spot) -> Iterator[Difference]:
    for word in sorted(own.rules.keys() | clerks.rules.keys()):
        mine, clerk = own.rules.get(word, NOT_STATED), clerks.rules.get(word, NOT_STATED)
        if mine == clerk or (clerk == NOT_STATED and word in OWN_RULES):
            continue
        yield spot.differs(
            Grade.NEW if clerk == NOT_STATED else Grade.BREAKING,
            word,
            clerks.pointer,
            clerk,
            f"{word} is {mine} with us and {clerk} in Clerk's document. "
            + (
                "Nothing fails."
                if clerk == NOT_STATED
                else "Values that do not hold to it may be refused: compare them."
            ),
        )


def _default(own: Shape, clerks: Shape, spot: Spot) -> Iterator[Difference]:
    if own.default == clerks.default:
        return
    mine, theirs = own.default or NOT_STATED, clerks.default or NOT_STATED
    changed = own.default is not None and clerks.default is not None
    grade = Grade.BREAKING if changed else Grade.WORDING if clerks.default is None else Grade.NEW
    yield spot.differs(
        grade,
        "default",
        clerks.pointer,
        theirs,
        f"the default is {mine} with us and {theirs} in Clerk's document. "
        + ("What is left out now means something else: state it." if changed else "Read the text beside it."),
    )


def _openness(own: Shape, clerks: Shape, spot: Spot) -> Iterator[Difference]:
    objects = "object" in own.types and (not clerks.types or "object" in clerks.types)
    if not objects or own.additional == clerks.additional:
        return
    words = {"open": "any other key", "closed": "no other key", "bound": "other keys of one kind only"}
    free = own.additional == "open"
    yield spot.differs(
        Grade.BREAKING if free else Grade.NEW,
        "additionalProperties",
        clerks.pointer,
        clerks.additional,
        f"ours has {words[own.additional]}; Clerk's document takes {words[clerks.additional]}. "
        + ("Keys of your own may be refused." if free else "We send none; nothing fails."),
    )


def _deprecation(own: Shape, clerks: Shape, spot: Spot) -> Iterator[Difference]:
    if clerks.deprecated and not own.deprecated:
        yield spot.differs(
            Grade.NEW, "deprecated", clerks.pointer, "deprecated",
            "ours uses it; Clerk's document calls it deprecated. It works today: plan to do without.",
        )  # fmt: skip


def _strangers_sent(own: Shape, clerks: Shape, spot: Spot) -> Iterator[Difference]:
    for name in sorted(own.properties.keys() - clerks.properties.keys()):
        yield spot.below(name).differs(
            Grade.BREAKING, "gone", clerks.below(name), "absent",
            "ours sends it; Clerk's document has it no longer. "
            + ("A call that has it is refused: " if clerks.additional == "closed" else "It may be refused or ignored: ")
            + "take the column out of the mapping.",
        )  # fmt: skip
    for name in sorted(clerks.properties.keys() - own.properties.keys()) if own.properties else ():
        required = name in clerks.required
        if spot.partial and not required:
            continue
        yield spot.below(name).differs(
            Grade.BREAKING if required else Grade.NEW,
            "more",
            clerks.below(name),
            "required" if required else "optional",
            "ours does not have it; Clerk's document "
            + (
                "requires it: every call is refused until we send it."
                if required
                else "takes it: see whether to offer it."
            ),
        )
    for name in sorted(clerks.required - clerks.properties.keys() - own.required):
        yield spot.below(name).differs(
            Grade.BREAKING, "required", clerks.below(name), "required",
            "ours may leave it out; Clerk's document requires it without describing it. Ask Clerk what belongs there.",
        )  # fmt: skip


def _requirement_read(spot: Spot, name: str, needed: bool, clerks: Shape) -> Difference:
    return spot.differs(
        Grade.BREAKING if needed else Grade.NEW,
        "required",
        clerks.below(name),
        "optional" if needed else "required",
        "ours cannot do without it; Clerk's document does not promise it any longer. Look at what reads it."
        if needed
        else "ours can do without it; Clerk's document now promises it. Nothing to do.",
    )
