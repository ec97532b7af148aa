"""What Clerk promises, as data and pure functions: no clock, no files written, no network."""
