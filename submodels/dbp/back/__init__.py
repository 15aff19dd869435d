"""The way back: a partner's submodels as one passport view, and as a payload."""
