"""Definitions: what the words and numbers of the report mean, and how each is obtained."""

from __future__ import annotations

DEFINITIONS: tuple[tuple[str, str], ...] = (
    (
        "Person",
        "An address and a target (the application, or one organization). However many invitations and reminders went "
        "to it, and however it was spelled, it is one person, counted once, from the first invitation.",
    ),
    ("Planned", "Everybody of the table who could be invited. Rows that were no invitation are not among them."),
    ("Invited", "An invitation was sent, by Clerk's own list or its answer to the call."),
    ("Accepted", "In by the link: Clerk lists one of the person's invitations as accepted."),
    (
        "In without the link",
        "Was invited, did not use the link, and has an account (or, in an organization, a membership) that came into "
        "being after the invitation. Counted as in, and never as accepted.",
    ),
    (
        "Open, expired, revoked",
        "Open: at least one link still works. Otherwise the last link that ended says how. A link that was revoked to "
        "make room for a reminder is no end. What Clerk does not list any more counts as revoked.",
    ),
    (
        "When somebody accepted",
        "Clerk keeps no such time. It is taken from the best there is: the webhook of the acceptance; the membership's "
        "beginning; the account's beginning; the two looks between which the status changed; and last the invitation's "
        "latest change, which may be later than the acceptance. The table above says how often each was used.",
    ),
    (
        "First sign-in, active in week 1 and 2",
        "Clerk keeps only the last sign-in and the last activity, so that only looks in between can tell. Of whom "
        "they cannot tell is counted as not known, neither as active nor as silent. Week 1 begins a day after it.",
    ),
    (
        "Time to accept",
        "Kaplan-Meier's estimate, with log-log bands of 95 %: of people whose link still works, how many have accepted "
        "by so many days. Who was invited yesterday counts as invited yesterday, not as a failure. Expiry, revocation "
        "and joining without the link end the observation there.",
    ),
    (
        "How journeys end",
        "Aalen-Johansen's estimate: by so many days, which share of everybody invited has accepted, joined without the "
        "link, let it expire or had it revoked. The four and those still open add up to everybody.",
    ),
    (
        "Differences between groups",
        "The log-rank test: the chance of curves at least so different if the groups were alike. It says whether there "
        "is a difference, not why.",
    ),
    (
        "Forecast",
        "Everybody who can still accept does so at the rate seen so far of people invited as long ago, until the link "
        "expires; 90 % interval. It knows nothing of holidays or of a reminder you are about to send.",
    ),
)
"""Terms and their meaning, in the order in which the report uses them."""
