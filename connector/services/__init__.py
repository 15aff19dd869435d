"""The use cases of a node, one noun each; a later layer may use an earlier one, the way back is an event."""
