"""Export control as data: rule sets of the law of origin, and the gate that judges a delivery by them. Pure."""
