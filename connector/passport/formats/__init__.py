"""Other written forms of a battery passport."""
