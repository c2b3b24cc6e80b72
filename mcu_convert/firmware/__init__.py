"""Build generated C for a board, run it, and measure it."""
