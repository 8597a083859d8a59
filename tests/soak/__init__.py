"""A municipality of three sources through many nights in which everything goes wrong: `python -m tests.soak`."""
