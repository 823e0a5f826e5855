"""The same command makes the same tagger: the generator draws the same texts in every run."""

import hashlib
import os
import subprocess
import sys

DRAW = (
    "from deid.text.training.generate import generate;"
    "print([(made.text, made.spans) for made in generate(200, seed=8)])"
)


def drawn(hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run([sys.executable, "-c", DRAW], env=environment, capture_output=True, check=True)
    return hashlib.sha256(done.stdout).hexdigest()


def test_generator_draws_the_same_whatever_the_hash_seed() -> None:
    assert drawn("1") == drawn("2")
