"""Does automation enhance care here, or undermine it?"""

from dashboard import governed, layout, parts, verdict

view = layout.begin("Does automation enhance care here, or undermine it?")
with layout.reading():
    at = governed.stamp()
    about = layout.rollout(governed.choices(view.scope, at))
    parts.put(*verdict.pieces(view.only(), about, at))
