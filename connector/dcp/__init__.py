"""Decentralized Claims Protocol 1.0: DID documents, self-issued tokens, credentials, presentations, status lists."""
