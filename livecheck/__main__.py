"""`python -m livecheck`, which `make live-check` calls."""

from livecheck.command import main

main()
