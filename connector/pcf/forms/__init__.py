"""Forms of a footprint document: one table of fields for each, one reader, writer and checker for all."""
