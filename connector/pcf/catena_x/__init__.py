"""Catena-X: the aspect model io.catenax.pcf and the exchange of CX-0136."""
