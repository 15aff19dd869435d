"""What is on offer, and how it is found: assets, policies, definitions, the catalog, searching, partners."""
