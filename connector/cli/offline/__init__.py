"""Commands that need no node: models, policies, documents."""
