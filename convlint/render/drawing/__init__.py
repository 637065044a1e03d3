"""The picture of a network: facts -> picture -> SVG, Mermaid or dot. Only `convlint show` imports this room.

`composing` makes a picture of the facts, and `folding` leaves out the middle of long chains. An SVG is laid out here
too: `levels` says at the height of which resolution a node stands, `placement` gives it a row and a column, `routing`
draws the connections around them, and `geometry` turns both into pixels, in which `lettering` measures the text.
"""
