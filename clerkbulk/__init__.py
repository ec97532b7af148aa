"""From a messy table of people to everyone invited exactly once through Clerk."""
