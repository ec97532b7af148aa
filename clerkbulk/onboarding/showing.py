"""How onboarding shows itself in a notebook."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

from clerkbulk.onboarding.journey import INVITED, Stage
from clerkbulk.people.showing import counts_html, page, text_html

if TYPE_CHECKING:
    from clerkbulk.onboarding.onboarding import Onboarding

_SAYS = {
    Stage.ACCEPTED: "in by the link",
    Stage.JOINED: "in another way",
    Stage.OPEN: "open",
    Stage.EXPIRED: "expired",
    Stage.REVOKED: "revoked",
    Stage.MISSING: "not listed any more",
    Stage.WAITING: "to be invited",
    Stage.REFUSED: "refused",
    Stage.ALREADY_THERE: "already there",
}


def onboarding_html(shown: Onboarding) -> str:
    """Return whose onboarding it is, as of when, and how many people are where."""
    counts = shown.counts()
    invited = sum(counts[stage] for stage in INVITED)
    boxes = [(len(shown.journeys), "people"), (invited, "invited")]
    boxes += [(counts[stage], says) for stage, says in _SAYS.items() if counts[stage]]
    as_of = f"as of {shown.at:%a %Y-%m-%d %H:%M %Z}"
    if shown.looked_at is None:
        looked = "Clerk was never looked at: this is what was sent, not what came of it"
    else:
        looked = f"Clerk was looked at on {datetime.fromtimestamp(shown.looked_at, shown.zone):%a %Y-%m-%d %H:%M %Z}"
    return page(f"<div><b>{text_html(shown.title)}</b>, {escape(as_of)}. {escape(looked)}.</div>", counts_html(boxes))
