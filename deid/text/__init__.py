"""Text de-identification: `Scrubber().scrub(text, known)` removes what identifies a person; nothing is downloaded."""

from deid.text.known import Circle
from deid.text.layers import PROFILES, Profile
from deid.text.scrubber import Scrubbed, Scrubber, ScrubError
from deid.text.spans import LABELS, Span

__all__ = ["LABELS", "PROFILES", "Circle", "Profile", "ScrubError", "Scrubbed", "Scrubber", "Span"]
