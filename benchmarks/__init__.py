"""Figures that the design promises, measured; see README.md."""
