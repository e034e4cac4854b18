"""Regular expressions whose matching takes time in proportion to the text."""
