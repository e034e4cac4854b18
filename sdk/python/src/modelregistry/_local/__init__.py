"""Files on this machine. Nothing here calls the registry."""
