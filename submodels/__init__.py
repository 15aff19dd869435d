"""From aspect models to Asset Administration Shells: SAMM models, AAS elements, the seven battery submodels."""
