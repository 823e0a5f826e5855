"""What does Rapport cost, as ratios against the same work done plainly, measured in one run? `python -m bench`."""
