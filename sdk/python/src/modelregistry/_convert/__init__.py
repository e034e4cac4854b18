"""Conversion between protobuf messages and the SDK's types, in both directions.

Pure functions: `x_from_message` reads a reply, `x_to_message` writes a request.
"""
