"""Entry point of `python -m mtlsedge`."""

from mtlsedge.command import main

if __name__ == "__main__":
    main()
