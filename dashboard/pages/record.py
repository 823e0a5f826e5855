"""Who did what, and has anybody changed that since?"""

from dashboard import layout, parts, trail

view = layout.begin("Who did what, and has anybody changed that since?")
with layout.reading():
    parts.put(*trail.pieces())
