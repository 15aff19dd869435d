"""Whether a use is allowed, and what was received and given under contracts."""
