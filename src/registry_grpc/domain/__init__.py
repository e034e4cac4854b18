"""Pure rules of the registry: names, digests, versions, stages, errors. No I/O, clock or random."""
