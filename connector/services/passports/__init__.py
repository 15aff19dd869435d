"""Battery passports: versions, submodels, shells, signed readings."""
