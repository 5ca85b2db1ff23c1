"""Contract suites: what every adapter of a port must do, inherited whole by vendors' tests."""
