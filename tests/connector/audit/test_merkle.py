"""The Merkle tree: against the definition written as a recursion, and against every wrong proof."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.audit import merkle

LEAVES = [hashlib.sha256(b"\x00" + bytes([number])).digest() for number in range(40)]


def by_definition(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + by_definition(leaves[:split]) + by_definition(leaves[split:])).digest()


# The test vectors that certificate transparency logs share: eight inputs and the roots of the first n of them.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


@pytest.mark.parametrize("size", ROOTS)
def test_the_known_roots(size: int) -> None:
    leaves = [hashlib.sha256(b"\x00" + bytes.fromhex(text)).digest() for text in INPUTS[:size]]
    assert merkle.root(leaves).hex() == ROOTS[size]


@pytest.mark.parametrize("size", range(41))
def test_the_root_is_that_of_the_definition(size: int) -> None:
    assert merkle.root(LEAVES[:size]) == by_definition(LEAVES[:size])


@pytest.mark.parametrize("size", range(1, 18))
def test_each_leaf_is_proved_at_its_own_place_alone(size: int) -> None:
    leaves = LEAVES[:size]
    top = merkle.root(leaves)
    for index in range(size):
        proof = merkle.inclusion_proof(index, leaves)
        for claimed in range(-1, size + 1):
            assert merkle.verify_inclusion(leaves[index], claimed, size, proof, top) is (claimed == index)


@pytest.mark.parametrize("new", range(1, 18))
def test_each_older_tree_is_proved_with_its_own_root_alone(new: int) -> None:
    leaves = LEAVES[:new]
    top = merkle.root(leaves)
    for old in range(1, new + 1):
        proof = merkle.consistency_proof(old, leaves)
        old_root = merkle.root(leaves[:old])
        assert merkle.verify_consistency(old, new, old_root, top, proof)
        assert not merkle.verify_consistency(old, new, LEAVES[39], top, proof)
        assert not merkle.verify_consistency(old, new, old_root, LEAVES[39], proof)


@given(st.integers(1, 40), st.data())
def test_a_spoiled_inclusion_proof_fails(size: int, data: st.DataObject) -> None:
    leaves, index = LEAVES[:size], data.draw(st.integers(0, size - 1))
    proof, top = merkle.inclusion_proof(index, leaves), merkle.root(leaves)
    assert merkle.verify_inclusion(leaves[index], index, size, proof, top)
    assert not merkle.verify_inclusion(hashlib.sha256(b"x").digest(), index, size, proof, top)
    assert not merkle.verify_inclusion(leaves[index], index, size, [*proof, leaves[0]], top)
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        assert not merkle.verify_inclusion(leaves[index], index, size, proof[:place] + proof[place + 1 :], top)
        wrong = [*proof[:place], hashlib.sha256(proof[place]).digest(), *proof[place + 1 :]]
        assert not merkle.verify_inclusion(leaves[index], index, size, wrong, top)


@given(st.integers(2, 40), st.data())
def test_a_spoiled_consistency_proof_fails(new: int, data: st.DataObject) -> None:
    leaves, old = LEAVES[:new], data.draw(st.integers(1, new - 1))
    proof = merkle.consistency_proof(old, leaves)
    roots = merkle.root(leaves[:old]), merkle.root(leaves)
    assert merkle.verify_consistency(old, new, *roots, proof)
    place = data.draw(st.integers(0, len(proof) - 1))
    wrong = [*proof[:place], hashlib.sha256(proof[place]).digest(), *proof[place + 1 :]]
    assert not merkle.verify_consistency(old, new, *roots, wrong)
    assert not merkle.verify_consistency(old, new, *roots, proof[:place] + proof[place + 1 :])
    assert not merkle.verify_consistency(old, new, *roots, [*proof, leaves[0]])


@given(st.integers(2, 40), st.data())
def test_a_rewritten_history_has_no_proof(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new - 1))
    rewritten = [hashlib.sha256(b"forged").digest(), *LEAVES[1:new]]
    proof = merkle.consistency_proof(old, rewritten)
    assert not merkle.verify_consistency(old, new, merkle.root(LEAVES[:old]), merkle.root(rewritten), proof)


def test_a_tree_of_the_same_size_needs_no_proof() -> None:
    top = merkle.root(LEAVES[:5])
    assert merkle.verify_consistency(5, 5, top, top, [])
    assert not merkle.verify_consistency(5, 5, top, top, [LEAVES[0]])
    assert not merkle.verify_consistency(5, 5, top, LEAVES[0], [])


@pytest.mark.parametrize(("old", "new"), [(0, 5), (6, 5), (-1, 5)])
def test_sizes_that_cannot_be_prove_nothing(old: int, new: int) -> None:
    assert not merkle.verify_consistency(old, new, LEAVES[0], LEAVES[1], [LEAVES[2]])
    with pytest.raises(IndexError):
        merkle.consistency_proof(old, LEAVES[:new])


@pytest.mark.parametrize("index", [-1, 5])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index: int) -> None:
    with pytest.raises(IndexError):
        merkle.inclusion_proof(index, LEAVES[:5])
