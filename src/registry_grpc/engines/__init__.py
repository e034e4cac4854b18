"""Engines: what evaluates text that callers wrote, within the work budget of their call.

Regular expressions and JSON Schema are our own, CEL is a library. `services` knows the last two by
their ports; nothing else uses them.
"""
