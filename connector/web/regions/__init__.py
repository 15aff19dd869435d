"""Listeners of regional spaces, each in its own API."""
