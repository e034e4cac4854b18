"""JSON Schema, draft 2020-12, with the limits of `RegistrationSchema` in the contract.

Own code, because the work of a library cannot be bounded: it collects all errors of `anyOf`,
writes whole instances into messages, and compares all items with each other. Here each
application of a keyword to a value counts as work, and messages are short.
"""
