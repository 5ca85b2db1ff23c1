"""What we ask of the outside: abstract bases, and the values that cross."""
