"""Django's own connections to the databases on which operations are measured."""

from __future__ import annotations

from typing import Any

_USUAL: dict[str, Any] = {
    "USER": "",
    "PASSWORD": "",
    "HOST": "",
    "PORT": "",
    "TIME_ZONE": None,
    "CONN_MAX_AGE": None,
    "CONN_HEALTH_CHECKS": False,
    "AUTOCOMMIT": True,
    "ATOMIC_REQUESTS": False,
}


def opened(wrapper: Any, **settings: Any) -> Any:
    """A connection by *wrapper*, the class of one of Django's backends."""
    from django.db import connections

    connection = wrapper({**_USUAL, "OPTIONS": {}, "TEST": {}, **settings}, alias="default")
    # Django's transactions look the connection up by its alias.
    connections["default"] = connection
    return connection


def models_with_tables(state: Any) -> list[Any]:
    """The models of the shop in *state* that read and write tables of their own."""
    return [
        model
        for model in state.clone().apps.get_models(include_auto_created=True)
        if model._meta.app_label == "shop" and not model._meta.proxy and model._meta.managed
    ]
