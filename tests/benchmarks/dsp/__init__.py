"""How fast contracts, transfers and pulls are, beside a real EDC in the same run: `python -m tests.benchmarks.dsp`."""
