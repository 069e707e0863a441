"""How the engine and its plugins reach this machine: found, downloaded from the vendor, or built.

Standard library only: it runs before any package is installed. `python3 -m local.toolchain --help`.
"""
