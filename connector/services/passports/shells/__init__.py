"""The AAS services of a node (AAS Part 2): shells and submodels of passports, their registry and discovery."""

from connector.services.passports.shells.shells import Shells
from submodels.aas.identifiers import encoded, read_encoded

__all__ = ["Shells", "encoded", "read_encoded"]
