"""Flask: parse the request, call a service, answer. Writes go through services."""
