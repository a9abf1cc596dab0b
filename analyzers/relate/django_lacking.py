"""What a pull request's Django models lack in migrations, as findings."""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding
from analyzers.relate.facts import Facts
from analyzers.relate.missing import Gap, by_model, described
from analyzers.vocabulary import Framework


def django_lacking(rule: str, facts: Facts) -> Iterator[Finding]:
    """A finding for each model of which the migrations say something else, since the base."""
    # Of a file in conflict there is no merged text to judge by.
    conflicts = facts.comparison.text_conflicts
    found = tuple(g for g in facts.missing_django.gaps if g.place.path not in conflicts)
    for (app, model), gaps in by_model(found).items():
        fields = {g.name for g in gaps if g.operation.endswith("Field")}
        label = facts.label(app)
        place = gaps[0].place
        yield Finding(
            rule=rule,
            framework=Framework.DJANGO,
            place=place,
            app=app,
            model=f"{label}.{model}",
            column=fields.pop() if len(fields) == 1 and len(gaps) == 1 else None,
            identity=tuple(sorted({f"{g.operation}:{g.name or ''}" for g in gaps})),
            message=f"No migration says what the model {label}.{model} does now: {_words(gaps)}.",
            why="The code expects a schema that no deploy will make; the next makemigrations of somebody else will carry this change along.",
            remedy="Write the migration and commit it with the model: `twostep makemigrations --write`.",
            operations=described(gaps),
            commands=(f"python manage.py makemigrations {label}",),
        )


def _words(gaps: tuple[Gap, ...]) -> str:
    """What differs, in a few words, at most six of them."""
    said = list(dict.fromkeys(_one(g) for g in gaps))
    more = f" and {len(said) - 6} more" if len(said) > 6 else ""
    return "; ".join(said[:6]) + more


def _one(gap: Gap) -> str:
    match gap.operation:
        case "CreateModel":
            return "it is new"
        case "DeleteModel":
            return "it is gone"
        case "AddField":
            return f"the field {gap.name} is new"
        case "RemoveField":
            return f"the field {gap.name} is gone"
        case "AlterField":
            return f"{gap.aspect} of the field {gap.name} is another"
        case "AddIndex" | "AddConstraint":
            return f"{gap.name} is new in {'indexes' if gap.operation == 'AddIndex' else 'constraints'}"
        case "RemoveIndex" | "RemoveConstraint":
            return f"{gap.name} is gone from {'indexes' if gap.operation == 'RemoveIndex' else 'constraints'}"
        case _:
            return f"the option {gap.name} is another"
