"""The bridge to a regional platform, and the stand-in of such a platform."""
