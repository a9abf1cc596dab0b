"""What ``six`` gives by names of its own, and Python 2 had by others, as Python 3 writes it."""

from __future__ import annotations

import ast

_NAMES = {
    "six.text_type": "str",
    "six.string_types": "str",
    "six.binary_type": "bytes",
    "six.unichr": "chr",
    "six.moves.range": "range",
    "six.moves.xrange": "range",
    "six.moves.map": "map",
    "six.moves.zip": "zip",
    "six.moves.filter": "filter",
    "six.moves.input": "input",
}
_PYTHON_2 = {
    "unicode": "str",
    "basestring": "str",
    "unichr": "chr",
    "xrange": "range",
    "long": "int",
    "raw_input": "input",
}
"""Python 3 has none of these: with it the file never ran."""
_METHODS = {"six.iteritems": "items", "six.itervalues": "values", "six.iterkeys": "keys"}


def as_python_3(node: ast.expr) -> ast.expr:
    """``six.text_type`` and ``unicode`` as ``str``, and ``six.iteritems(a)`` as ``a.items()``; all else as it is."""
    match node:
        case ast.Name(id=name, ctx=ast.Load()):
            said = _PYTHON_2.get(name) or _NAMES.get(name.removeprefix("django.utils."))
            return ast.Name(id=said, ctx=ast.Load()) if said is not None else node
        case ast.Attribute(value=ast.Name(id="six") | ast.Attribute(value=ast.Name(id="six"))):
            known = _NAMES.get(ast.unparse(node))
            return ast.Name(id=known, ctx=ast.Load()) if known is not None else node
        case ast.Call(func=ast.Attribute(value=ast.Name(id="six")) as func, args=[of], keywords=[]):
            method = _METHODS.get(ast.unparse(func))
            if method is None:
                return node
            bound = ast.Attribute(value=of, attr=method, ctx=ast.Load())
            return ast.Call(func=bound, args=[], keywords=[])
        case _:
            return node
