"""The element trees of IDTA 02035 parts 1 to 7 as literal tables: names, kinds, cardinalities, semantic ids."""
