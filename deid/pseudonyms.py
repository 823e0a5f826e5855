"""By which number is a person or a record known inside the vault?

A person gets a random number, which no one can work out from the practice's own. To find it again, the vault keeps a
keyed digest (HMAC-SHA256, RFC 2104) of the practice's number beside it. A record's number is the first 63 bits of
SHA-256 over the key and the number: a quarter of HMAC's cost over millions of rows, and cut to a quarter of its length
the digest cannot be extended, which is what HMAC guards against. Without the key no record can be looked up.
The SQL here is plain text for an engine with sha256, unhex, encode and session variables; `variables` sets the key.
"""

from __future__ import annotations

import secrets

import numpy as np
import numpy.typing as npt

_BLOCK = 64  # bytes of one SHA-256 block
_BETWEEN = 31  # ASCII unit separator: "a" + "bc" and "ab" + "c" differ


def random_ids(count: int, taken: npt.NDArray[np.int64] | None = None) -> npt.NDArray[np.int64]:
    """Which numbers do `count` new persons get? Random in 1 .. 2^63-1, distinct, none of `taken`, in no order."""
    used = np.empty(0, np.int64) if taken is None else taken
    found = np.empty(0, np.int64)
    while len(found) < count:
        draw = np.frombuffer(secrets.token_bytes(8 * (count - len(found))), np.uint64) >> np.uint64(1)
        fresh = np.concatenate([found, draw.astype(np.int64)])
        _, first = np.unique(fresh, return_index=True)
        fresh = fresh[np.sort(first)]
        found = fresh[(fresh > 0) & ~np.isin(fresh, used)]
    return found


def variables(purpose: str, key: bytes) -> dict[str, bytes]:
    """Which session variables must the engine hold before these queries? The key, and padded as HMAC does."""
    padded = key.ljust(_BLOCK, b"\0")
    return {
        f"{purpose}_key": key,
        f"{purpose}_inner": bytes(byte ^ 0x36 for byte in padded),
        f"{purpose}_outer": bytes(byte ^ 0x5C for byte in padded),
    }


def lookup_sql(kind: str, value: str) -> str:
    """By which digest is a person found again? SQL for 64 hex characters; `value` is SQL for the practice's number."""
    inner = f"sha256(getvariable('identity_inner') || {_message(kind, value)})"
    return f"sha256(getvariable('identity_outer') || unhex({inner}))"


def record_sql(table: str, value: str) -> str:
    """By which number does the vault know a record? SQL for a BIGINT in 0 .. 2^63-1; null stays null."""
    digest = f"sha256(getvariable('record_key') || {_message(table, value)})"
    return f"(('0x' || {digest}[1:16])::UBIGINT >> 1)::BIGINT"


def _message(domain: str, value: str) -> str:
    if not domain.isidentifier():
        raise ValueError(f"not the name of a table or a kind of person: {domain}")
    return f"encode('{domain}' || chr({_BETWEEN}) || {value})"
