"""From a table of people to checked invitations and the exact bodies of the calls."""
