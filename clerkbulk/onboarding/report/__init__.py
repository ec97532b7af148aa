"""The report: one page that answers how many are in, how many are not, and whether it will be enough."""
