"""Reading ``.tflite`` files."""
