"""What RQ runs: thin; open a transaction, claim, call services, commit, ring."""
