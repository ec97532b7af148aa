"""The forms: they show state and call a function of a lower room; they decide nothing."""
