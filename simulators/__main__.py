"""`python -m simulators`: the simulators' command line."""

from simulators.cli import main

if __name__ == "__main__":
    main()
