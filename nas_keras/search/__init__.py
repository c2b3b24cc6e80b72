"""The search for an architecture: what it may cost, and how candidates are bred.

Nothing here needs TensorFlow: functions that are passed in say what a network costs and
what it is worth.
"""

from nas_keras.search.candidate import Candidate, Cost, Limits
from nas_keras.search.evolution import (
    Evolution,
    EvolutionSettings,
    fittest,
    random_generations,
)
from nas_keras.search.feasible import InfeasibleError
from nas_keras.search.pareto import pareto_front

__all__ = [
    "Candidate",
    "Cost",
    "Evolution",
    "EvolutionSettings",
    "InfeasibleError",
    "Limits",
    "fittest",
    "pareto_front",
    "random_generations",
]
