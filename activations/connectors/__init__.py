"""One destination per file; they know the contract, not each other."""
