"""The AAS HTTP API (Part 2, V3.1) at the owner's listener."""

from connector.web.aas.door import PROFILES, SHELL_PROFILES, AasDoor
from connector.web.aas.forms import error_form

__all__ = ["PROFILES", "SHELL_PROFILES", "AasDoor", "error_form"]
