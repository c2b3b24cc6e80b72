"""Templates of the generated files; see docs/ for how to write one."""
