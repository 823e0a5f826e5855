"""Can these numbers be trusted?"""

from dashboard import layout, parts, quality

view = layout.begin("Can these numbers be trusted?")
with layout.reading():
    parts.put(*quality.pieces(view.only()))
