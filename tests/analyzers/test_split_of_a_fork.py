"""A split of a pull request whose base has gone on: its files stand behind the base's leaf node."""

from __future__ import annotations

import ast

from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.worlds import START, add, changed, migration, path


def parents(source: str) -> object:
    return next(
        ast.literal_eval(node.value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "dependencies"
    )


def test_the_first_step_stands_behind_what_the_base_has_now() -> None:
    note = migration("0002_total", operations=add("note", 'models.TextField(default="")'))
    tax = migration("0002_total", operations=add("tax"))
    start, head = MemoryTree(START), MemoryTree(changed(START, {path("0003_note"): note}))
    for base in (START, changed(START, {path("0003_tax"): tax})):
        merged = MemoryTree(changed(dict(base), {path("0003_note"): note}))
        trees = Comparison(merge_base=start, base=MemoryTree(base), head=head, merged=merged)
        split = review(trees, sql=False).split
        assert split is not None
        assert split.needed
        files = [(p, c) for s in split.steps for p, c in s.files.items() if "/migrations/" in p]
        assert len(files) > 1
        leaf = max(p for p in base if "/00" in p).rpartition("/")[2].removesuffix(".py")
        for name, source in sorted(files):
            assert parents(source) == [("orders", leaf)]
            after = name.rpartition("/")[2].removesuffix(".py")
            assert int(after[:4]) == int(leaf[:4]) + 1
            leaf = after
