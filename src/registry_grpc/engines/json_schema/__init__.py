"""JSON Schema, draft 2020-12, as `RegistrationSchema` in the contract bounds it.

Written for the registry because a library cannot be bounded from outside: it collects all errors
of `anyOf`, writes whole instances into messages, and compares all items with each other. Here each
keyword that is applied to a value counts as work, and a message never holds more than it shows.
"""
