"""The audit log: entries in a hash chain that is also a Merkle tree, proofs, heads, comparison of two logs."""
