"""Where the ledger lives: a SQLite file or a PostgreSQL database, and how a copied or lost one is noticed."""
