"""The super-network: all networks of a search space, sharing one set of weights.

Needs Keras; `slices` needs TensorFlow.  Nothing else of nas_keras imports it but where
it is used.
"""
