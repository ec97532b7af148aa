"""The cases of the contract: each promise of Clerk's invitation calls that can be tried, as data."""
