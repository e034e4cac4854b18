"""The one place that knows both the messages of the wire and the values that users hold.

Pure functions: `x_from_message` reads an answer, `x_to_message` writes a request.
"""
