"""The node's own API under `/api`: what no standard has a word for. `operations` is the pattern of all of it."""
