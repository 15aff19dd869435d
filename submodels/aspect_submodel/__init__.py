"""The generic submodel of any SAMM aspect: with a payload as instance, without one as template."""
