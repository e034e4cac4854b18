"""How calls are made, whatever the flavour of client: channel, metadata, failures, patience."""
