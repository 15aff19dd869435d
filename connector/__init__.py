"""Ionport: a data-space connector node for battery passports."""

__version__ = "0.1.0"
