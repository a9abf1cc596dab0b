"""
Every bound on foreign input, in one place, each with its reason.

Reaching one is an ``Unknown``, never a crash and never a guess.
"""

from __future__ import annotations

SOURCE_BYTES = 1_000_000
"""A source file above this is not parsed: the largest real migration met is 0.4 MB."""

OTHER_PYTHON_BYTES = 300_000
"""Larger files are read in the syntax of this Python alone: to put 0.3 MB another way takes up to a second."""

KEY_PARTS = 500
"""Parts of one dotted key in TOML: to read it takes the square of them."""

NESTING = 200
"""Brackets and indentation deeper than this make the compiler's stack a target."""

PLANNED_DEPTH = 100
"""Levels of a file's syntax tree from which on it is not copied into the files of a split; real migrations have some 20."""

PLANNED_STATEMENTS = 100
"""Statements that give one statement of a revision its names, which is copied with them into the files of a split."""

FILES = 200_000
"""Paths of a tree that are looked at; the largest real repositories have some 100,000."""

EVALUATION_STEPS = 50_000
"""Expressions evaluated for one file: loops over constants are followed to here."""

CONTAINER_ITEMS = 5_000
"""Items of one evaluated list, tuple, dict or comprehension."""

GROWN_ITEMS = 1_000
"""Items of a list or dictionary to which statements add one by one, each with a copy of what is there."""

TEXT_CHARACTERS = 200_000
"""Characters of one evaluated string."""

VALUE_PARTS = 20_000
"""Values within the value of one name, one that stands at several places counted at each of them."""

STREAM_BLOCKS = 20_000
"""Blocks in the table of one ``StreamField``; the longest real one met has some hundreds."""

IMPORT_DEPTH = 20
"""Imports followed from one name to the next."""

MADE_CLASS_DEPTH = 4
"""Functions that make a class out of a class that they make; each level may multiply what is read."""

MADE_CLASS_VALUES = 200
"""Values in a call that makes a class."""

CLASSES_ABOVE = 400
"""Ancestors of one class, counted once for each path to them, that are put into Python's order; the deepest real model has 60."""

PATH_PARTS = 40
"""Folders of one path; git itself stops nobody, real paths have up to 15."""

REVISIONS = 20_000
"""Revision files of one Alembic root; the largest met has about 600."""

SAME_ID = 20
"""Revision files of one id that are told from each other where they move; roots that are copies of one have one each."""

JOINED = 50
"""Lines of one merge migration that are compared with each other."""

LOOSE_DIRECTORIES = 500
"""Directories of revisions that Alembic cannot run by themselves, each looked at beside the programs; plugins have one each."""

LINES = 50
"""Heads of one Alembic root among which the one is sought that a table belongs to; a program has one for each of its plugins."""

HEADER_STEPS = 2_000
"""Expressions looked at to know the ids of one revision file."""

HEADER_NAMES = 20
"""Names that lead to one another in such an expression; two is what people write."""

OPERATIONS = 2_000
"""Operations of one revision: what a squashed history of 600 tables comes to."""

CHANGES = 2_000
"""Schema changes of one pull request that are judged; those of a first commit of 300 tables are some 1,500."""

WRITTEN_OPERATIONS = 1_000
"""Operations that one app lacks and that are written as its migration: Django takes the square of their number for it."""

WRITTEN_RENAMES = 10_000
"""Pairs of a field that goes and one that comes in one model: Django compares, and asks about, each."""

HELPER_DEPTH = 5
"""Helper functions of a revision that are followed, one within the other."""

OWN_TYPES = 3_000
"""Types of columns that are a project's own, inside of one another as well, that are worked out in one tree."""

PATTERN_TEXT = 80
"""Characters of a pattern that is matched, and of the text; names of classes and tables have up to 63."""

PATTERN_REPEATS = 2
"""Repeats in a pattern that is matched, none of a group: with two the time grows with the text's length cubed."""

METHOD_STEPS = 500
"""Statements followed to make one field of a project's own class; the longest real one takes about 60."""

METHOD_NODES = 3_000
"""Syntax nodes of one method that is followed: its expressions are copied at each step; the longest real one has 500."""
