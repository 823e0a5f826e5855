"""The command line and the configuration."""

import os

# Before numpy is loaded: the matrices here are small, and several threads on one cost ten times what they save.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
