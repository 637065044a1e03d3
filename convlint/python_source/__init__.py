"""Reads Python without running it: an interpreter of its syntax tree, whose tensors are shapes.

Begin with `interpreter.py`, which lists what a run can do. `statements.py` and `expressions.py` say which function
stands for each kind of node; most are in the file of their subject. `values.py` is what is computed with, `scopes.py`
where names are found. A call ends in `builtin.py` (Python's own), `externals.py` (torch and others, with `tensors/` and
`layers.py`), `records.py` (instances) or in statements again. `recording.py` writes down what a forward does.
"""
