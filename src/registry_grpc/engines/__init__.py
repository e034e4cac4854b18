"""Engines that evaluate expressions of callers, within the work budget of the call.

Regular expressions and JSON Schema are implemented here, CEL is a library. `services` uses the last
two through ports; there are no other users.
"""
