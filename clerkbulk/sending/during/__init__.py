"""While a job runs: the calls one after another, what became of each, and whoever runs or watches it."""
