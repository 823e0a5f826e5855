"""Has anything that identifies a patient left?"""

from datetime import UTC, datetime

from dashboard import layout, parts, privacy

view = layout.begin("Has anything that identifies a patient left?")
with layout.reading():
    parts.put(*privacy.pieces(view.only(), datetime.now(UTC).date()))
