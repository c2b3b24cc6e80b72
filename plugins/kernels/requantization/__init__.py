"""What fast kernels know of scaling sums to int8: exact thresholds, and formulas."""
