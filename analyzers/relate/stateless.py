"""A migration without what the models' state alone knows of it."""

from __future__ import annotations

import ast

from analyzers.read.last_names import last_name
from analyzers.relate.scopes import name_of

STATE_ONLY = frozenset(
    {
        "abstract",
        "allow_unicode",
        "blank",
        "choices",
        "decoder",
        "editable",
        "encoder",
        "error_messages",
        "height_field",
        "help_text",
        "limit_choices_to",
        "on_delete",
        "managers",
        "base_manager_name",
        "default_manager_name",
        "select_on_save",
        "ordering",
        "related_name",
        "related_query_name",
        "validators",
        "verbose_name",
        "verbose_name_plural",
        "default_related_name",
        "get_latest_by",
        "permissions",
        "default_permissions",
        "upload_to",
        "storage",
        "width_field",
        "auto_created",
        "serialize",
        "swappable",
        "preserve_default",
        "through_fields",  # only beside ``through``, whose model has the table
    }
)
"""Arguments that change the models' state and never the database."""

STATE_ONLY_OF = {
    "CreateModel": frozenset({"bases"}),
    "RichTextField": frozenset({"editor", "features"}),
    "StreamField": frozenset({"block_types", "block_lookup"}),
    "RunSQL": frozenset({"state_operations"}),
    "SeparateDatabaseAndState": frozenset({"state_operations"}),
}
"""The same for one class alone; the fields are Wagtail's."""

BACKWARD_ONLY = frozenset({"reverse_sql", "reverse_code"})
"""Arguments of ``RunSQL`` and ``RunPython`` that no way forward looks at."""

STATE_OPERATIONS = frozenset({"AlterModelOptions", "AlterModelManagers"})


class Stateless(ast.NodeTransformer):
    """Takes away what never reaches the database."""

    def __init__(self, back: bool, idle: frozenset[str], *, atomic: bool = True) -> None:
        """
        Without *back* the way back does not count, nor do the functions *idle*, which do nothing.

        Without *atomic* it does not count which transactions it runs in.
        """
        self.back = back
        self.idle = idle
        self.left_out = {"initial"} if atomic else {"atomic", "initial"}
        self.atomic = atomic

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        if node.name == "Migration":
            # What ``migrate --fake-initial`` alone asks for is never a part of it.
            node.body = [s for s in node.body if name_of(s) not in self.left_out] or [ast.Pass()]
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        self.generic_visit(node)
        match node.targets:
            case [ast.Subscript(slice=ast.Constant(value=str(key)))] if key in STATE_ONLY:
                return None
            case _:
                return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = last_name(node.func)
        ignored = STATE_ONLY | STATE_ONLY_OF.get(name, frozenset())
        if name in {"RunSQL", "RunPython"} and not self.back:
            ignored |= BACKWARD_ONLY
            node.args = node.args[:1]
        node.keywords = [k for k in node.keywords if k.arg not in ignored or _by_database(k)]
        for keyword in node.keywords:
            if keyword.arg == "default":
                keyword.value = _as_filled_in(keyword.value)
        if name == "RunPython" and not self.atomic:
            node.keywords = [k for k in node.keywords if k.arg != "atomic"]
        if name == "RunPython" and not self.back:
            node.keywords = [k for k in node.keywords if not _as_ever(k)]
        if name == "CheckConstraint":
            # Its argument's name before Django 5.1.
            for keyword in node.keywords:
                keyword.arg = "condition" if keyword.arg == "check" else keyword.arg
        if name == "ForeignKey":
            _as_one_to_one(node)
        if name == "StreamField":
            node.args = node.args[1:]  # the kinds of blocks, that only the page's editor knows
        if name == "SeparateDatabaseAndState":
            node.args = node.args[:1]
        if name == "CreateModel":
            _without_defaults(node)
            node.keywords = [k for k in node.keywords if not _says_nothing(k)]
        return node

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        self.generic_visit(node)
        kept = [
            (key, value)
            for key, value in zip(node.keys, node.values, strict=True)
            if not (isinstance(key, ast.Constant) and key.value in STATE_ONLY)
        ]
        node.keys, node.values = [k for k, _ in kept], [v for _, v in kept]
        return node

    def visit_List(self, node: ast.List) -> ast.AST:
        self.generic_visit(node)
        node.elts = [e for e in node.elts if not _of_state(e) and not self._stands_idle(e)]
        return node

    def _stands_idle(self, operation: ast.expr) -> bool:
        """Whether code is run that does nothing, so that only the way back may do something."""
        match operation:
            case ast.Call(args=[ast.Name(id=code), *_]) if last_name(operation.func) == "RunPython":
                return code in self.idle
            case _:
                return False


def _by_database(argument: ast.keyword) -> bool:
    """Whether the database deletes what points to a row that goes (Django 6.1), which its foreign key says."""
    return argument.arg == "on_delete" and last_name(argument.value).startswith("DB_")


def _as_one_to_one(key: ast.Call) -> None:
    """A foreign key that is unique becomes what has the same column: a ``OneToOneField``."""
    rest = [
        k
        for k in key.keywords
        if not (k.arg == "unique" and isinstance(k.value, ast.Constant) and k.value.value is True)
    ]
    if len(rest) < len(key.keywords):
        key.keywords = rest
        match key.func:
            case ast.Name():
                key.func.id = "OneToOneField"
            case ast.Attribute():
                key.func.attr = "OneToOneField"
            case _:
                pass


def _says_nothing(option: ast.keyword) -> bool:
    """Options of which none reaches the database: as if there were none."""
    return option.arg == "options" and isinstance(option.value, ast.Dict) and not option.value.keys


_EMPTY = {
    "list": "[]",
    "dict": "{}",
    "tuple": "()",
    "str": "''",
    "int": "0",
    "bool": "False",
}
"""What the language's own classes give where they are called with nothing."""


def _as_filled_in(default: ast.expr) -> ast.expr:
    """The value that *default* puts into the rows: a class of the language's own is called for it."""
    match default:
        case ast.Name(id=name) if name in _EMPTY:
            return ast.parse(_EMPTY[name], mode="eval").body
        case _:
            return default


def _as_ever(argument: ast.keyword) -> bool:
    """``atomic=True``: what code runs in leaves no trace in the rows, and this is how it runs anyway."""
    return (
        argument.arg == "atomic"
        and isinstance(argument.value, ast.Constant)
        and argument.value.value is True
    )


def _without_defaults(made: ast.Call) -> None:
    """A new table has no rows, and keeps no default of Python's: take those of its fields away."""
    given = [k.value for k in made.keywords if k.arg == "fields"]
    for fields in given or made.args[1:2]:
        for item in fields.elts if isinstance(fields, ast.List | ast.Tuple) else ():
            match item:
                case (
                    ast.Tuple(elts=[_, ast.Call() as field])
                    | ast.List(elts=[_, ast.Call() as field])
                ):
                    field.keywords = [k for k in field.keywords if k.arg != "default"]
                case _:
                    pass


def _of_state(operation: ast.expr) -> bool:
    """Whether *operation* never reaches the database."""
    if not isinstance(operation, ast.Call):
        return False
    name = last_name(operation.func)
    if name == "SeparateDatabaseAndState":
        return not operation.args and not operation.keywords
    return name in STATE_OPERATIONS
