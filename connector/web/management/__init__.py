"""EDC's management API (v3): its forms, its routes, and who may call them."""
