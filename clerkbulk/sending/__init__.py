"""Ledger, client and job: from batches to what became of each row."""
