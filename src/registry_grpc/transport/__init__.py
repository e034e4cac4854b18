"""gRPC: handler table, messages to and from the domain, errors, health, server lifecycle."""
