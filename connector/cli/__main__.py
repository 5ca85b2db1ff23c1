"""`python -m connector.cli`: the same as `cartwright`."""

from connector.cli import main

main()
