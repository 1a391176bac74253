"""`python -m vecna_notes` is `vecna`."""

from vecna_notes.cli import main

if __name__ == "__main__":
    main()
