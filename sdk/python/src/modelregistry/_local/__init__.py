"""What happens on this machine's disk: no call to the registry is made here."""
