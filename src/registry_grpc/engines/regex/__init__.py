"""Regular expressions with linear matching time."""
