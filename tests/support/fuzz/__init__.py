"""Requests that nearly work, for every method of the contract."""
