"""A registry that lies: a real one, and a proxy before it that changes what it says."""
