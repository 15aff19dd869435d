"""Who we are and who others are: tokens, credentials, keys, the trust anchor."""
