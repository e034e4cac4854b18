"""Messages to and from the domain: pure functions, one file per noun."""
