"""The statistical half of the engine: hashed features, small tables of weights, one file on disk."""
