"""Looking: reading what Clerk shows of invitations, users and memberships into the tables of what was seen."""
