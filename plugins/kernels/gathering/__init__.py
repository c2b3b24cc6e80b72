"""What kernels have in common that gather what is under a window, or two of them."""
