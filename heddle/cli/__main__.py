"""`python -m heddle.cli`."""

from heddle.cli.main import main

main()
