"""Training of super-networks and of single networks; it can stop and go on anywhere."""
