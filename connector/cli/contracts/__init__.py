"""Commands about contracts: agreements, groups, dry runs, evidence, export, what ends soon."""
