"""The demo: made-up people, an emulated instance where some of them are known already, and the story of the sending."""
