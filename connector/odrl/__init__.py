"""Usage contracts: ODRL in the Catena-X profile (CX-0152), read, checked, compiled, decided, explained."""
