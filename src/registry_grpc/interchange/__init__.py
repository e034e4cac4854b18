"""Standard formats of lineage: OpenLineage is read and written, PROV-JSON is written.

Pure, like `domain`, which is all that it imports: `transport` reads and writes with it.
"""
