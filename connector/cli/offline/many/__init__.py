"""Many passports in one run: their sources, the run and its report."""
