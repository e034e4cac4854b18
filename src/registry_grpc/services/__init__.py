"""Use cases: plain synchronous Python over ports, one file per noun."""
