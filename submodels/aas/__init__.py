"""Asset Administration Shells of any kind: value-only form, JSON, XML, AASX, verification by aas-core."""
