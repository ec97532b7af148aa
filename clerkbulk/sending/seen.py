"""What looks at Clerk have shown, kept because Clerk keeps no history: invitations, users, memberships, events.

Tables of the ledger, used by the room of onboarding. Times are seconds since 1970 (UTC). Nothing here is needed to send
invitations, and everything here is personal.

first_seen_at is the latest, last_seen_at the earliest moment by Clerk's clock at which the answer can have been given,
so that what happened in between lies between them; a line that was seen once may have the first after the last.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

look = sa.Table(
    "look",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("instance_id", sa.Text, nullable=False),
    sa.Column("part", sa.Text, nullable=False),  # what was read: the list's name, and its organization
    sa.Column("began_at", sa.Float, nullable=False),
    sa.Column("ended_at", sa.Float),  # null: it was interrupted, and goes on at its cursor
    sa.Column("cursor", sa.Text),  # how far it came, as JSON
    sa.Column("reads", sa.Integer, nullable=False, server_default="0"),
    sa.Index("look_by_part", "instance_id", "part", "id"),
)

invitation = sa.Table(
    "seen_invitation",
    metadata,
    sa.Column("instance_id", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("organization_id", sa.Text),  # null: an application invitation
    sa.Column("key", sa.Text, nullable=False),  # address key
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("role", sa.Text),
    sa.Column("public_metadata", sa.Text),  # JSON
    sa.Column("status", sa.Text, nullable=False),  # as of the last look
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("updated_at", sa.Float),
    sa.Column("expires_at", sa.Float),
    sa.Column("first_seen_at", sa.Float, nullable=False),
    sa.Column("last_seen_at", sa.Float, nullable=False),
    sa.Index("seen_invitation_by_key", "key"),
)

status = sa.Table(
    "seen_status",  # one line per status an invitation was seen in: an acceptance lies between two of them
    metadata,
    sa.Column("instance_id", sa.Text, primary_key=True),
    sa.Column("invitation_id", sa.Text, primary_key=True),
    sa.Column("status", sa.Text, primary_key=True),
    sa.Column("first_seen_at", sa.Float, nullable=False),
    sa.Column("last_seen_at", sa.Float, nullable=False),
    sa.Column("updated_at", sa.Float),  # Clerk's own, when it was first seen in this status
)

user = sa.Table(
    "seen_user",
    metadata,
    sa.Column("instance_id", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("first_seen_at", sa.Float, nullable=False),
    sa.Column("last_seen_at", sa.Float, nullable=False),
)

address = sa.Table(
    "seen_address",
    metadata,
    sa.Column("instance_id", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("strategy", sa.Text),  # how it was verified: ticket, by an invitation's link
    sa.Index("seen_address_by_user", "instance_id", "user_id"),
)

activity = sa.Table(
    "seen_activity",  # what a user's last_sign_in_at and last_active_at were, look after look
    metadata,
    sa.Column("instance_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),  # sign_in or active
    sa.Column("at", sa.Float, primary_key=True),  # Clerk's value; 0: never
    sa.Column("first_seen_at", sa.Float, nullable=False),
    sa.Column("last_seen_at", sa.Float, nullable=False),
)

membership = sa.Table(
    "seen_membership",
    metadata,
    sa.Column("instance_id", sa.Text, primary_key=True),
    sa.Column("organization_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("key", sa.Text),  # of public_user_data.identifier, where that is an address
    sa.Column("role", sa.Text),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("first_seen_at", sa.Float, nullable=False),
    sa.Column("last_seen_at", sa.Float, nullable=False),
)

event = sa.Table(
    "seen_event",  # organization webhooks, each once
    metadata,
    sa.Column("instance_id", sa.Text, primary_key=True),
    sa.Column("delivery_id", sa.Text, primary_key=True),  # svix-id; of an export without it, what tells events apart
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("invitation_id", sa.Text, nullable=False),
    sa.Column("organization_id", sa.Text),
    sa.Column("user_id", sa.Text),
    sa.Column("received_at", sa.Float, nullable=False),
    sa.Index("seen_event_by_invitation", "instance_id", "invitation_id"),
)

pseudonym = sa.Table(
    "pseudonym",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),  # always 1
    sa.Column("secret", sa.Text, nullable=False),  # keys the hashes that stand for people in reports; hex
)
