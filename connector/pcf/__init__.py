"""Product carbon footprints: one canonical record, its regional forms, and the roll-up to a battery."""
