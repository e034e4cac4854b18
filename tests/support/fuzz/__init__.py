"""Nearly valid requests for every method of the contract."""
