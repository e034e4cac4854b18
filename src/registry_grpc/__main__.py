"""`python -m registry_grpc` is `registry-grpc`."""

from registry_grpc.cli import main

main()
