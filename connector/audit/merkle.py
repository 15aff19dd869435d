"""The Merkle tree over the log's leaf hashes (RFC 9162, 2.1): root, proofs, and how to check them without the log."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

_NODE = b"\x01"
EMPTY_ROOT = hashlib.sha256(b"").digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over `leaves` (leaf hashes, 32 bytes each); 2.1.1."""
    stack: list[tuple[int, bytes]] = []
    for leaf in leaves:
        size, node = 1, leaf
        while stack and stack[-1][0] == size:
            node = _join(stack.pop()[1], node)
            size *= 2
        stack.append((size, node))
    if not stack:
        return EMPTY_ROOT
    top = stack.pop()[1]
    while stack:
        top = _join(stack.pop()[1], top)
    return top


def inclusion_proof(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The nodes that lead from leaf `index` to the root; 2.1.3.1. Raises IndexError where there is no such leaf."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"no leaf {index} in a tree of {len(leaves)}")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(index, leaves[:split]), root(leaves[split:])]
    return [*inclusion_proof(index - split, leaves[split:]), root(leaves[:split])]


def consistency_proof(old_size: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The nodes that show that the tree of `old_size` leaves is the beginning of this one; 2.1.4.1.

    Raises IndexError for an old size below 1 or above the number of leaves.
    """
    if not 1 <= old_size <= len(leaves):
        raise IndexError(f"no tree of {old_size} in one of {len(leaves)}")
    return _subproof(old_size, leaves, is_whole=True)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root_hash: bytes) -> bool:
    """Whether `proof` shows that `leaf` is number `index` of the tree of `size` leaves with `root_hash`; 2.1.3.2."""
    if not 0 <= index < size:
        return False
    position, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position % 2 or position == last:
            node = _join(sibling, node)
            while position and not position % 2:
                position, last = position >> 1, last >> 1
        else:
            node = _join(node, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and node == root_hash


def verify_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the tree of `new_size` leaves only added to the one of `old_size`; 2.1.4.2."""
    if not 1 <= old_size <= new_size:
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    nodes = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not nodes:
        return False
    position, last = old_size - 1, new_size - 1
    while position % 2:
        position, last = position >> 1, last >> 1
    old_node = new_node = nodes[0]
    for sibling in nodes[1:]:
        if last == 0:
            return False
        if position % 2 or position == last:
            old_node, new_node = _join(sibling, old_node), _join(sibling, new_node)
            while position and not position % 2:
                position, last = position >> 1, last >> 1
        else:
            new_node = _join(new_node, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and old_node == old_root and new_node == new_root


def _subproof(old_size: int, leaves: Sequence[bytes], *, is_whole: bool) -> list[bytes]:
    if old_size == len(leaves):
        return [] if is_whole else [root(leaves)]
    split = _split(len(leaves))
    if old_size <= split:
        return [*_subproof(old_size, leaves[:split], is_whole=is_whole), root(leaves[split:])]
    return [*_subproof(old_size - split, leaves[split:], is_whole=False), root(leaves[:split])]


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _join(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()
