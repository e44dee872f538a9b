"""`python -m essaim.cli`, which `./essaim` starts."""

from essaim.cli.root import main

if __name__ == "__main__":
    main()
