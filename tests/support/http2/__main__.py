"""`python -m tests.support.http2 NAME TARGET`: repeat one attack until this process is ended."""

import sys

from tests.support.http2.attacks import ATTACKS

if __name__ == "__main__":
    name, target = sys.argv[1:]
    while True:
        ATTACKS[name](target)
