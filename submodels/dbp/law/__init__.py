"""What the Regulation and the guidance ask of a passport: who needs one, what it must hold."""
