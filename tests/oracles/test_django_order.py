"""The order of migrations against the order in which Django itself plays them."""

from __future__ import annotations

from django.db.migrations.graph import MigrationGraph as DjangoGraph
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.relate.graph import MigrationGraph
from analyzers.vocabulary import Framework, Key, Migration, Place

NAMES = [(app, f"{number:04}_step") for number in range(1, 8) for app in ("billing", "orders")]


@st.composite
def edges(draw: st.DrawFn) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """Pairs of child and parent in which nobody comes before itself."""
    order = draw(st.permutations(NAMES))
    pairs = st.tuples(st.integers(0, len(order) - 1), st.integers(0, len(order) - 1))
    return [
        (order[max(one, two)], order[min(one, two)])
        for one, two in draw(st.lists(pairs, max_size=30))
        if one != two
    ]


@settings(deadline=None)
@given(edges())
def test_migrations_are_played_in_django_s_order(
    pairs: list[tuple[tuple[str, str], tuple[str, str]]],
) -> None:
    """Every node once, as ``project_state`` of Django's loader has it."""
    django = DjangoGraph()
    for name in NAMES:
        django.add_node(name, None)
    for child, parent in pairs:
        django.add_dependency(None, child, parent)
    truth = django._generate_plan(django.leaf_nodes(), at_end=True)

    graph = MigrationGraph(
        Framework.DJANGO,
        [
            Migration(
                key=Key(*name),
                framework=Framework.DJANGO,
                path=f"{name[0]}/migrations/{name[1]}.py",
                place=Place(f"{name[0]}/migrations/{name[1]}.py"),
                parents=tuple(Key(*parent) for child, parent in pairs if child == name),
            )
            for name in NAMES
        ],
    )

    assert [tuple(key) for key in graph.order] == truth
