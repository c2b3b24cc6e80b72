"""TinyNAS in Keras."""
