"""The rules of watches and resolvers, as pure state: no connection, no clock, no disk."""
