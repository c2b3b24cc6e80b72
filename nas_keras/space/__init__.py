"""Search spaces, and the architectures in them, as values.

They need no TensorFlow.  An `Architecture` becomes a `nas_keras.networks.Network`, and
that is planned as it is deployed.
"""

from nas_keras.space.architecture import Architecture, BlockChoice
from nas_keras.space.catalog import SPACES, search_space
from nas_keras.space.sampling import crossover, mutation, sample
from nas_keras.space.search_space import SearchSpace, StageSpace

__all__ = [
    "SPACES",
    "Architecture",
    "BlockChoice",
    "SearchSpace",
    "StageSpace",
    "crossover",
    "mutation",
    "sample",
    "search_space",
]
