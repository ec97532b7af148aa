"""The contract suite: the cases run against the emulator, cassettes, or a live development instance."""
