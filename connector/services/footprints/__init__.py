"""Product carbon footprints over the data space, own and received, and the roll-up of a battery."""
