"""The client for asyncio, and the source of the one for threads.

Everything here but `background`, `concurrency` and `line` is also the source of
`modelregistry._sync`, which `scripts/generate_sync.py` writes: change it here, then run that.
"""
