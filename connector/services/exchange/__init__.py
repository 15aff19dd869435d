"""Offers, catalogs, negotiations and transfers with other participants."""
