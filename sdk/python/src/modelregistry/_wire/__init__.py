"""One call of either client: channel, metadata, errors, bounds and retries."""
