"""The kinds of checks, one file for each."""
