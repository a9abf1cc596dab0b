"""What a step says of models that it leaves as the base has them."""

from __future__ import annotations

from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree

HEAD = "from django.db import migrations, models\n\n\n"
ID = '("id", models.BigAutoField(primary_key=True))'


def migration(*operations: str, after: str = "") -> str:
    listed = ", ".join(operations)
    return f"{HEAD}class Migration(migrations.Migration):\n    dependencies = [{after}]\n    operations = [{listed}]\n"


def titles_of(base: dict[str, str], head: dict[str, str]) -> list[str]:
    old, new = MemoryTree(base), MemoryTree({**base, **head})
    split = review(Comparison(merge_base=old, base=old, head=new, merged=new), sql=False).split
    assert split.needed
    return [step.title for step in split.steps]


def test_models_in_a_file_that_comes_later_need_no_hand() -> None:
    """The file stayed as it was, and the step asked for what stood in it."""
    models = {
        "orders": "class Order(models.Model):\n    code = models.TextField(null=True)\n",
        "ship": "class Ship(models.Model):\n    name = models.TextField()\n",
    }
    base = {f"{app}/models.py": f"from django.db import models\n\n\n{text}" for app, text in models.items()}  # fmt: skip
    base |= {f"{app}/migrations/__init__.py": "" for app in models}
    base["orders/migrations/0001_initial.py"] = migration(
        f'migrations.CreateModel("Order", [{ID}, ("code", models.TextField(null=True))])'
    )
    base["ship/migrations/0001_initial.py"] = migration(
        f'migrations.CreateModel("Ship", [{ID}, ("name", models.TextField())])'
    )
    head = {
        "orders/models.py": "from django.db import models\n\n\nclass Order(models.Model):\n    pass\n",
        "ship/models.py": base["ship/models.py"] + "    kind = models.TextField(null=True)\n",
        "orders/migrations/0002_code.py": migration(
            'migrations.RemoveField("order", "code")', after='("orders", "0001_initial")'
        ),
        "ship/migrations/0002_kind.py": migration(
            'migrations.AddField("ship", "kind", models.TextField(null=True))',
            after='("ship", "0001_initial")',
        ),
    }

    titles = titles_of(base, head)

    assert any("Adds the field kind" in title for title in titles)
    assert not any("by hand" in title for title in titles)


def test_a_field_that_was_inherited_from_elsewhere_waits_by_hand() -> None:
    """The step showed the new field of the pull request, and did not say so."""
    start = "from django.contrib.auth.models import AbstractUser\nfrom django.db import models\n\n\nclass User(AbstractUser):\n"
    base = {
        "people/models.py": f"{start}    phone = models.TextField(null=True)\n",
        "people/migrations/__init__.py": "",
        "people/migrations/0001_initial.py": migration(
            f'migrations.CreateModel("User", [{ID}, ("email", models.EmailField(max_length=254)), ("phone", models.TextField(null=True))])'
        ),
    }
    head = {
        "people/models.py": f"{start}    phone = models.TextField(null=True)\n    email = models.EmailField(unique=True)\n    more = models.TextField(null=True)\n",
        "people/migrations/0002_more.py": migration(
            'migrations.AddField("user", "more", models.TextField(null=True))',
            'migrations.AlterField("user", "email", models.EmailField(max_length=254, unique=True))',
            after='("people", "0001_initial")',
        ),
    }

    titles = titles_of(base, head)

    (adopts,) = (title for title in titles if "Adds the field more" in title)
    assert "by hand in the models: people.User.email as the base has it" in adopts
