"""Values and decisions of the field, pure Python: no I/O, no clock, no rows."""
