"""From a trained network to an int8 file, and what its C is worth."""
