"""The contract suite: the cases run against a target, and Clerk's spec compared with what we believe."""
