"""The rules of policies: one file per kind, with its parameters and its evaluation."""
