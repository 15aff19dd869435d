"""Dynamic data of one battery: signed readings, what they change in the passport, estimates of its health."""
