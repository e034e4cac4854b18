"""Ports: what the use cases need from the outside, as promises that contract suites check."""
