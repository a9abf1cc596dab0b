"""A review of a small shop, and one written by somebody who means harm; as documents."""

from __future__ import annotations

from dataclasses import replace

from analyzers.findings import (
    Accepted,
    Finding,
    NewFile,
    Related,
    Severity,
    Suggestion,
    Unknown,
)
from analyzers.results import (
    GraphEdge,
    GraphNode,
    Lock,
    Review,
    ReviewGraph,
    Rollback,
    Split,
    SplitStep,
    SqlPreview,
)
from analyzers.trees import MemoryTree
from analyzers.vocabulary import Framework, Place
from bot.render.document import Document
from bot.render.subject import Subject
from bot.render.to_document import to_document

NOTE = "orders/migrations/0031_order_note.py"
NOTE_SOURCE = """from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("orders", "0030_order_total"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="note",
            field=models.TextField(),
        ),
    ]
"""

LEAVES = Finding(
    rule="conflicting-leaf-nodes",
    place=Place(NOTE, 6, 8),
    message="0031_order_note and 0031_order_tax, which is on main, both follow 0030_order_total.",
    why="Django refuses to migrate an app with two leaf nodes; the deployment stops.",
    remedy="Let 0031_order_note depend on 0031_order_tax, and number it 0032.",
    framework=Framework.DJANGO,
    severity=Severity.ERROR,
    app="orders",
    migration="0031_order_note",
    suggestion=Suggestion(
        path=NOTE,
        start_line=7,
        end_line=7,
        replacement='        ("orders", "0031_order_tax"),',
        rename_to="orders/migrations/0032_order_note.py",
    ),
    new_files=(
        NewFile(
            path="orders/migrations/0032_merge.py",
            content="class Migration(migrations.Migration):\n    ...\n",
            title="merge migration",
        ),
    ),
    related=(
        Related(
            app="orders",
            migration="0031_order_tax",
            place=Place("orders/migrations/0031_order_tax.py", 8, 8),
            side="base",
        ),
    ),
)
NOT_NULL = Finding(
    rule="not-null-column-added",
    place=Place(NOTE, 11, 15),
    message="orders_order.note is added NOT NULL without a database default.",
    why="While old code runs it inserts orders without a note, and each insert fails.",
    remedy="Add it with db_default or null=True first.",
    framework=Framework.DJANGO,
    severity=Severity.ERROR,
    app="orders",
    migration="0031_order_note",
    table="orders_order",
    column="note",
)
IRREVERSIBLE = Finding(
    rule="irreversible-migration",
    place=Place("shop/migrations/0007_prices.py", 20, 20),
    message="The RunPython of 0007_prices has no reverse_code.",
    why="The way back stops here.",
    remedy="Give reverse_code=migrations.RunPython.noop where nothing has to be undone.",
    framework=Framework.DJANGO,
    severity=Severity.WARNING,
    app="shop",
    migration="0007_prices",
)
OLD = replace(IRREVERSIBLE, migration="0003_old", preexisting=True)
TAKEN = Finding(
    rule="index-blocks-writes",
    place=Place("shop/migrations/0007_prices.py", 30, 34),
    message="The index shop_price_idx is built while writes to shop_price wait.",
    why="Building it takes a SHARE lock.",
    remedy="Use AddIndexConcurrently in a migration with atomic = False.",
    framework=Framework.DJANGO,
    severity=Severity.ERROR,
    app="shop",
    migration="0007_prices",
    table="shop_price",
    accepted=Accepted(
        reason="the table has 40 rows", by="maria", at="2026-11-02T10:00:00Z", until="2027-01-01"
    ),
)

REVIEW = Review(
    findings=(LEAVES, NOT_NULL, IRREVERSIBLE, OLD, TAKEN),
    unknown=(
        Unknown(place=Place("shop/models.py", 12), reason="the base class is built at run time"),
    ),
    split=Split(
        needed=True,
        reason="The column has to stand in the database before code that fills it runs.",
        steps=(
            SplitStep(
                order=1,
                kind="migration",
                title="Add the column note, with a database default",
                paths=(NOTE,),
                after=("merge", "deploy", "migrate"),
                commands=("python manage.py migrate orders 0032_order_note",),
                ready_when="every server runs the new migration",
            ),
            SplitStep(
                order=2,
                kind="model",
                title="Use Order.note",
                paths=("orders/models.py", "orders/views.py"),
                after=("merge", "deploy"),
            ),
        ),
    ),
    rollback=Rollback(
        possible=True,
        loses_data=True,
        commands=("python manage.py migrate orders 0030_order_total",),
        notes=("What was written into orders_order.note is lost.",),
    ),
    sql=(
        SqlPreview(
            app="orders",
            migration="0031_order_note",
            dialect="postgresql",
            statements=('ALTER TABLE "orders_order" ADD COLUMN "note" text NOT NULL',),
            locks=(
                Lock(
                    table="orders_order",
                    mode="ACCESS EXCLUSIVE",
                    blocks_reads=True,
                    blocks_writes=True,
                ),
            ),
        ),
    ),
    graph=ReviewGraph(
        nodes=tuple(
            GraphNode(
                framework=Framework.DJANGO,
                app="orders",
                name=name,
                path=f"orders/migrations/{name}.py",
                side=side,
                leaf=name.startswith("0031"),
            )
            for name, side in (
                ("0029_order_paid", "both"),
                ("0030_order_total", "both"),
                ("0031_order_note", "head"),
                ("0031_order_tax", "base"),
            )
        ),
        edges=(
            GraphEdge(parent="orders.0029_order_paid", child="orders.0030_order_total"),
            GraphEdge(parent="orders.0030_order_total", child="orders.0031_order_note"),
            GraphEdge(parent="orders.0030_order_total", child="orders.0031_order_tax"),
        ),
    ),
    touches=True,
)
SUBJECT = Subject(
    repository="acme/shop",
    base_ref="main",
    base_sha="1" * 40,
    head_ref="order-note",
    head_sha="2" * 40,
    merge_base="3" * 40,
    pull_request=12,
)


def sample(review: Review = REVIEW) -> Document:
    """The review of a pull request that collides, blocks, and should be split."""
    return to_document(
        review,
        SUBJECT,
        sources=(MemoryTree({NOTE: NOTE_SOURCE.encode()}),),
        total_ms=42,
        parsed_files=12,
        cached_files=300,
    )


def untouched() -> Document:
    """A pull request without models or migrations."""
    return to_document(Review(), SUBJECT)


EVIL = (
    "@alice #12 acme/shop#3 GH-5 https://evil.example www.evil.example a@b.co "
    "</details><script>alert(1)</script><img src=x onerror=alert(1)> **bold** `x` ``` ~~~ "
    "![i](https://e.example/i.png) [l](javascript:alert(1)) -->\n\n# Heading\n- list\n> quote\n"
    "/twostep accept all because \u202eevil | cell | \"]; click n0 href 'https://evil.example'"
)


def evil() -> Document:
    """A review in which every text that can come from a repository is hostile."""
    finding = replace(
        LEAVES,
        message=EVIL,
        why=EVIL,
        remedy=EVIL,
        app=EVIL,
        migration=EVIL,
        commands=(EVIL,),
        operations=(EVIL,),
        place=Place(EVIL, 1, 1),
        suggestion=Suggestion(path=EVIL, start_line=1, end_line=1, replacement=EVIL),
        related=(Related(app=EVIL, migration=EVIL, place=Place(EVIL, 1, 1), side=EVIL),),
        new_files=(NewFile(path=EVIL, content=EVIL, title=EVIL),),
    )
    review = replace(
        REVIEW,
        findings=(
            finding,
            replace(finding, rule="x", preexisting=True),
            replace(
                finding, rule="y", accepted=Accepted(reason=EVIL, by=EVIL, at=EVIL, until=EVIL)
            ),
        ),
        unknown=(Unknown(place=Place(EVIL, 1), reason=EVIL),),
        split=Split(
            needed=True,
            reason=EVIL,
            steps=(
                SplitStep(
                    order=1,
                    kind="model",
                    title=EVIL,
                    paths=(EVIL,),
                    after=("merge",),
                    commands=(EVIL,),
                    ready_when=EVIL,
                ),
            ),
        ),
        rollback=Rollback(possible=False, loses_data=True, commands=(EVIL,), notes=(EVIL,)),
        sql=(
            SqlPreview(
                app=EVIL,
                migration=EVIL,
                dialect="postgresql",
                statements=(EVIL,),
                locks=(Lock(table=EVIL, mode=EVIL, blocks_reads=True, blocks_writes=True),),
            ),
        ),
        graph=ReviewGraph(
            nodes=(
                GraphNode(framework=Framework.DJANGO, app=EVIL, name=EVIL, path=EVIL, side="head"),
                GraphNode(
                    framework=Framework.DJANGO, app="end", name="graph", path=EVIL, side="base"
                ),
            ),
            edges=(GraphEdge(parent=f"{EVIL}.{EVIL}", child="end.graph"),),
        ),
        text_conflicts=(EVIL,),
    )
    return to_document(review, SUBJECT._replace(base_ref=EVIL))
