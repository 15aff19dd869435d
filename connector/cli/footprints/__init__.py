"""`ionport pcf` and `ionport pact`: product carbon footprints on the command line."""
