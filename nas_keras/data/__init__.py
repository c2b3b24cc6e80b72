"""What networks are trained and measured on."""

from nas_keras.data.dataset import Dataset, Split

__all__ = ["Dataset", "Split"]
