"""Use cases: a session, values and `now` in; rows out. The caller commits and rings."""
