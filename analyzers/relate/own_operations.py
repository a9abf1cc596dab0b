"""What operations that are not Django's own do to the models' state: by their ancestors, or by what a function makes."""

from __future__ import annotations

import ast

from analyzers.read.modules import Module
from analyzers.read.project import Project
from analyzers.read.values import Ref

BESIDE_THE_MODELS = (
    "django_add_default_value.",
    "django_migration_linter.",
    "django_pgviews.db.migrations.operations.",
    "migrate_sql.operations.",
    "pgtrigger.migrations.",
    "pgvector.django.VectorExtension",
    "pgvector.django.extensions.VectorExtension",
    "syzygy.operations.PreRemoveField",
    *(
        f"psqlextra.backend.migrations.operations.{name}"
        for kind in ("Default", "Hash", "List", "Range")
        for name in (
            *(f"PostgresAdd{kind}Partition", f"add_{kind.lower()}_partition."),
            *(f"PostgresDelete{kind}Partition", f"delete_{kind.lower()}_partition."),
        )
    ),
)
"""Operations of libraries that change no table and no field of the state; partitions are none of its."""
PARTITIONED = {
    f"psqlextra.backend.migrations.operations.{module}Postgres{name}PartitionedModel": operation
    for name, operation in (("Create", "CreateModel"), ("Delete", "DeleteModel"))
    for module in ("", f"{name.lower()}_partitioned_model.")
}
"""Operations that make and delete a table which has partitions, with the arguments of Django's by name."""
AS_DJANGO = {
    "pictures.migrations.AlterPictureField": "AlterField",
    "syzygy.operations.AddField": "AddField",
    "syzygy.operations.AlterField": "AlterField",
    "syzygy.operations.RenameField": "RenameField",
    "syzygy.operations.RenameModel": "RenameModel",
    **PARTITIONED,
}
"""Operations of libraries that do to the state what one of Django's does."""
_DJANGO = ("django.db.migrations.", "django.contrib.postgres.operations.")
_BESIDE = frozenset({"RunPython", "RunSQL"})


def kind_of(project: Project, dotted: str) -> str | None:
    """
    Django's operation that does the same to the state as *dotted*; None where that is not known.

    Empty where it leaves the state alone.
    """
    found = project.find_class(dotted)
    if found is None:
        if dotted.startswith(BESIDE_THE_MODELS):
            return ""
        if dotted in AS_DJANGO:
            return AS_DJANGO[dotted]
        maker = project.find_class(dotted.rpartition(".")[0])
        if maker is not None and _makes_itself(maker.node, dotted.rpartition(".")[2]):
            # Its arguments are others than those of the class.
            return "" if kind_of(project, maker.dotted) in {"", *_BESIDE} else None
        named = project.function_named(Ref(dotted))
        return "" if named is not None and _makes_one_beside(project, *named) else None
    for above in project.mro(found):
        names = {getattr(s, "name", "") for s in above.node.body}
        if "state_forwards" in names:
            body = next(s for s in above.node.body if getattr(s, "name", "") == "state_forwards")
            return "" if _does_nothing(body) else None
    for name in sorted(project.ancestors(found)):
        last = name.rpartition(".")[2]
        if name in AS_DJANGO:
            return AS_DJANGO[name]
        if name.startswith(_DJANGO):
            if last == "Operation":
                return ""
            return last if last not in {"ModelOperation", "FieldOperation"} else None
    return None


def _makes_itself(node: ast.ClassDef, name: str) -> bool:
    """Whether the class method *name* of the class *node* gives back one of that class, which has no operations in it."""
    for statement in node.body:
        match statement:
            case ast.FunctionDef(
                decorator_list=[ast.Name(id="classmethod")], args=ast.arguments(args=[first, *_])
            ) if statement.name == name:
                given = [found.value for found in _returns(statement.body)]
                return bool(given) and all(
                    isinstance(value, ast.Call)
                    and isinstance(value.func, ast.Name)
                    and value.func.id == first.arg
                    and len(value.args) < 3
                    and not any(isinstance(a, ast.Starred) for a in value.args)
                    and not any(k.arg in {None, "state_operations"} for k in value.keywords)
                    for value in given
                )
            case _:
                pass
    return False


def _makes_one_beside(project: Project, module: Module, function: ast.FunctionDef) -> bool:
    """Whether whatever *function* gives back is an operation that leaves the state alone."""
    if function.decorator_list:
        return False
    given = [node.value for node in _returns(function.body)]
    return bool(given) and all(_is_beside(project, module, node) for node in given)


def _returns(body: list[ast.stmt]) -> list[ast.Return]:
    """The returns of a function with that *body*; not those of functions within it."""
    found: list[ast.Return] = []
    todo: list[ast.AST] = list(body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Return):
            found.append(node)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            todo.extend(ast.iter_child_nodes(node))
    return found


def _is_beside(project: Project, module: Module, node: ast.expr | None) -> bool:
    match node:
        case ast.Call(func=func, keywords=keywords):
            made = module.evaluator.evaluate(func)
        case _:
            return False
    if not isinstance(made, Ref) or any(k.arg in {None, "state_operations"} for k in keywords):
        return False
    if made.name.startswith("django.db.migrations."):
        few = len(node.args) <= 2 and not any(isinstance(a, ast.Starred) for a in node.args)
        return made.name.rpartition(".")[2] in _BESIDE and few
    own = project.find_class(made.name)
    return own is not None and kind_of(project, made.name) in {"", "RunPython"}


def _does_nothing(body: object) -> bool:
    return isinstance(body, ast.FunctionDef) and all(
        isinstance(s, ast.Pass) or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
        for s in body.body
    )
