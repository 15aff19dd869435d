"""Generated requests at every endpoint: whatever comes in, a reasoned refusal and nothing changed."""
