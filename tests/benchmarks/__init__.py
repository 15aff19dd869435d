"""What is measured; run one with `python -m tests.benchmarks.<name>`."""
