"""Contracts as people know them: shown, accepted, rehearsed, used again, proved and renewed."""
