"""
One version of a program, running: every model is read and written without pause.

Called in a process of its own in the directory of a project, so that what
runs is the project's real code with its real models. *habits* are as
``{"always": {"Item.note": "'x'"}}``.

Each failing statement becomes a line of *log*; the first line is ``ready``, the
last is the number of statements. ``rounds`` beside it has a byte for each round
over all models.
"""

from __future__ import annotations

import datetime
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def main(log: Path, habits: Mapping[str, Mapping[str, str]]) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    sys.path.insert(0, str(Path.cwd()))
    import django

    django.setup()
    from django.apps import apps
    from django.db import connection, models, transaction

    stop = False

    def on_term(*_: object) -> None:
        nonlocal stop
        stop = True

    signal.signal(signal.SIGTERM, on_term)
    shop = apps.get_app_config("shop")
    targets = [m for m in shop.get_models(include_auto_created=True) if m._meta.managed]
    between = {f.remote_field.through for m in targets for f in m._meta.many_to_many}
    always = habits.get("always", {})
    copies = habits.get("copies", {})
    with connection.cursor() as cursor:
        # A statement that waits longer than this is an outage like any other.
        cursor.execute("SET lock_timeout = '3s'")

    def value(field: models.Field[Any, Any], serial: int) -> Any:
        key = f"{field.model.__name__}.{field.name}"
        if key in always:
            return eval(always[key], {"serial": serial})  # the test's own text
        if field.has_default() or getattr(field, "auto_now_add", False):
            return field.get_default()
        if field.null and not field.is_relation:
            return None
        if field.is_relation:
            return field.related_model._base_manager.values_list("pk", flat=True).first()
        if isinstance(field, models.CharField | models.TextField):
            return f"v{serial}"[: field.max_length or 20]
        if isinstance(field, models.DateTimeField):
            return datetime.datetime.now(datetime.UTC)
        return serial % 30000

    def values(model: type[models.Model], serial: int) -> dict[str, Any]:
        made = {}
        for field in model._meta.concrete_fields:
            if field.primary_key or field.generated:
                continue
            if field.db_default is not models.NOT_PROVIDED and not field.has_default():
                continue
            made[field.attname] = value(field, serial)
        for target, source in copies.items():
            if target.partition(".")[0] == model.__name__:
                made[target.partition(".")[2]] = made[source]
        return made

    with log.open("a", buffering=1) as out, log.with_name("rounds").open("ab", buffering=0) as done:
        out.write("ready\n")
        serial, statements = os.getpid() % 1000 * 100000, 0
        while not stop:
            serial += 1
            for model in targets:
                manager = model._base_manager
                for kind in ("select", "insert", "update", "delete"):
                    statements += 1
                    try:
                        with transaction.atomic():
                            if kind == "select":
                                list(manager.order_by("pk")[:5])
                            elif kind == "insert":
                                # A pair of a many-to-many field may be there already.
                                manager.bulk_create(
                                    [model(**values(model, serial))],
                                    ignore_conflicts=model in between,
                                )
                            elif kind == "update":
                                row = manager.order_by("pk").first()
                                if row is not None:
                                    fresh = values(model, serial)
                                    names = {
                                        k for k in always if k.startswith(f"{model.__name__}.")
                                    }
                                    for name, new in fresh.items():
                                        if f"{model.__name__}.{name}" in names | copies.keys():
                                            setattr(row, name, new)
                                    row.save(force_update=True)
                            elif serial % 5 == 0 and model not in between:
                                row = manager.create(**values(model, serial))
                                row.delete()
                    except Exception as error:  # noqa: BLE001 - every failure is the result
                        first = str(error).strip().splitlines()[0] if str(error) else ""
                        out.write(f"{kind} {model.__name__}: {type(error).__name__}: {first}\n")
            done.write(b".")
            time.sleep(0.002)
        out.write(f"{statements}\n")
