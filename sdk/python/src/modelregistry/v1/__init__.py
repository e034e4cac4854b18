"""Generated from protos/modelregistry/v1 by `make proto`; do not edit."""
