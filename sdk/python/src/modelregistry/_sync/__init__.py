"""The client for threads. Generated from `modelregistry._async`, but for `concurrency`."""
