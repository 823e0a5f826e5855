"""What does every figure mean, and how is it worked out?"""

from dashboard import layout, methods, parts

view = layout.begin("What does every figure mean, and how is it worked out?")
with layout.reading():
    parts.put(*methods.pieces(view.only()))
