"""The rules of policies: one file per family, each with what it says and what it finds."""
