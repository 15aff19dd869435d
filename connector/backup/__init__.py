"""Backups of a node's folder and database: made while it runs, encrypted, each piece kept once; verified; restored."""
