"""All oracles that are commands, one after the other; it takes some minutes and the package index."""

from __future__ import annotations

import subprocess
import sys

ORACLES = (
    "tests.oracles.django_mutations",
    "tests.oracles.django_autodetector",
    "tests.oracles.django_loader",
    "tests.oracles.django_states",
    "tests.oracles.model_forms",
    "tests.oracles.django_real_mutations",
    "tests.oracles.django_packages",
    "tests.oracles.measure",
    "tests.oracles.measure_alembic",
    "tests.oracles.measure_sqlite",
    "tests.oracles.measure_alembic_sqlite",
    "tests.oracles.measure_mariadb",
    "tests.oracles.alembic_script_directory",
    "tests.oracles.alembic_autogenerate",
    "tests.oracles.alembic_real",
    "tests.oracles.alembic_back",
    "tests.oracles.measure_back",
    "tests.oracles.linted_migrations",
    "tests.plans",
)


def main() -> int:
    """Run each in a process of its own; 1 where one of them fails."""
    failed = []
    for module in ORACLES:
        print(f"== {module}", flush=True)
        if subprocess.run([sys.executable, "-m", module], check=False).returncode:
            failed.append(module)
    print("failed: " + ", ".join(failed) if failed else "all oracles agree")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
