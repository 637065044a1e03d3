"""Every bound on what one file may be or cost; `docs/limits.md` says them to users."""

# No annotations here, and nothing is imported: each run reads this.

FILE_BYTES = 16 * 1024 * 1024
"""Bytes of a file."""
NODES = 4_000_000
"""Nodes of a file, its aliases not followed."""
NODES_BY_ALIASES = 400_000
"""Nodes that the aliases of a file add to it."""
NESTING = 100
"""Levels of a file."""

FINDINGS_A_FILE = 1_000
"""Findings that are listed for a file."""

LONGEST_EXPRESSION = 1_000
"""Characters of an expression."""
DEEPEST_EXPRESSION = 40
"""Levels of an expression."""
DEEPEST_COMPREHENSION = 2
"""Comprehensions in one another."""

MOST_REPEATS = 100_000
"""Copies of a layer."""
MOST_BLOCK_LAYERS = 100_000
"""Layers that blocks expand to."""
MOST_NESTED = 64
"""Blocks in one another."""
MOST_COMPUTED = 100_000
"""Different layers and blocks that one check computes; what lies beyond is unknown, and the file is told so."""

MOST_BODY_LAYERS = 20_000
"""Layers inside one operator."""
DEEPEST_BODY = 40
"""Operators inside one another."""
MOST_INNER_LAYERS = 200_000
"""Layers inside the modules of one network that rules of a repository's own look at."""

LARGEST_MODULE = 2_000_000
"""Bytes of a file of Python that is read to follow a repository's own builder and classes."""
LARGEST_BUILDER = 500_000
"""Bytes of a file of Python that is looked at beside the builder of a repository, as it may hold another one."""
MOST_PYTHON = 8_000_000
"""Bytes of Python that are read to follow one builder; what lies beyond is unknown."""
MOST_MODULES = 400
"""Files of Python that are read of one repository."""
PYTHON_STEPS = 300_000
"""Steps of its Python that are followed for a file; what lies beyond is unknown."""
DEEPEST_CALL = 48
"""Calls of its Python in one another."""

MOST_TENSORS = 200_000
"""Tensors of a network, and of a weight file."""

SETTINGS_BYTES = 2**20
"""Bytes of a settings file."""
BASELINE_BYTES = 2**26
"""Bytes of a baseline."""
LARGEST_SIZE = 2**40
"""The largest size that can be given from outside."""

STEPS_A_FILE = 2_000_000
"""Steps that each file may cost, whatever its length."""
STEPS_A_BYTE = 4
"""Steps that a file may cost for each of its bytes."""
STEPS_A_CANDIDATE = 40
"""Steps that it costs to compare a misspelt name with one that may be meant."""
STEPS_A_NAME = 8
"""Steps that it costs to see whether a name is another one but for how it is spelt."""
STEPS_A_BLOCK_LAYER = 40
"""Steps that it costs to read a layer of a block for one more set of parameters."""
STEPS_A_COMBINATION = 2
"""Steps that it costs to try one combination of declared sizes."""
STEPS_A_MISTAKE = 200
"""Steps that it costs to say what is wrong with a key or a value."""
STEPS_A_SCALED_ROW = 20
"""Steps of a row of a model file in each further scale."""
STEPS_A_BUILT_ROW = 200
"""The same where a repository's own builder is followed."""
