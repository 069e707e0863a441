"""`python -m local.kubernetes`: prints what the local controller does of the managed one."""

from local.kubernetes.controller.coverage import render

if __name__ == "__main__":
    print(render(), end="")
