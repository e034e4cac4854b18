"""What a watch and a resolver decide, without doing it: no connection, no clock, no disk."""
