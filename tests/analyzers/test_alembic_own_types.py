"""Types of columns that a project makes itself: read statically, and asked of SQLAlchemy itself."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite

from analyzers import limits
from analyzers.read.alembic import own_types
from analyzers.read.alembic.metadata import read_metadata
from analyzers.trees import MemoryTree
from tests.support.alembic_trees import compare, files, findings, revision
from tests.support.mapped_models import MAPPED
from tests.support.sqlmodels import FIRST

KINDS = '''
import enum

import sqlalchemy as sa
from sqlalchemy import JSON, Enum, Integer, String, Text, types
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.ext.mutable import Mutable, MutableDict
from sqlalchemy.types import CHAR, TypeDecorator, TypeEngine

SIZE = 40


class Plain(TypeDecorator):
    impl = Text
    cache_ok = True


class Typed(TypeDecorator[str]):
    impl: TypeEngine = types.Unicode(SIZE)


class Sized(types.TypeDecorator):
    impl = String


class Fixed(Sized):
    def __init__(self, *args, **kwargs):
        super(Fixed, self).__init__(length=12)


class Named(TypeDecorator):
    impl = String

    def __init__(self, members, length=30, **kwargs):
        self.members = members
        super().__init__(length, **kwargs)


class Above(TypeDecorator):
    impl = sa.Numeric

    def __init__(self, digits):
        sa.TypeDecorator.__init__(self, digits, 2)


class Changed(TypeDecorator):
    impl = String

    def __init__(self, **kwargs):
        kwargs.setdefault("length", 9)
        super().__init__(**kwargs)


class Worked(TypeDecorator):
    impl = String

    def __init__(self, length=1):
        length = length * 2
        super().__init__(length)


class Perhaps(TypeDecorator):
    impl = String

    def __init__(self, long=True):
        if long:
            super().__init__(900)
        else:
            super().__init__(9)


class Replaced(TypeDecorator):
    impl = String

    def __init__(self):
        super().__init__()
        self.impl = Text()


class GUID(TypeDecorator):
    impl = CHAR

    def load_dialect_impl(self, dialect):
        """As it is there."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.UUID())
        else:
            return dialect.type_descriptor(CHAR(32))


class Kept(TypeDecorator):
    impl = Text

    def load_dialect_impl(self, dialect):
        if dialect.name in ("mysql", "mariadb"):
            return mysql.LONGTEXT()
        return self.impl


class Handed(Kept):
    def load_dialect_impl(self, dialect):
        return super().load_dialect_impl(dialect)


class Asked(TypeDecorator):
    impl = Text

    def load_dialect_impl(self, dialect):
        return dialect.type_descriptor(JSONB() if supports(dialect) else Text())


def supports(dialect):
    return dialect.name == "postgresql"


class Moment(sa.DateTime):
    pass


class Written(TypeDecorator):
    impl = String


@compiles(Written)
def write(element, compiler, **kwargs):
    return "MONEY"


class Nested(TypeDecorator):
    impl = GUID


class Either(TypeDecorator):
    impl = JSON().with_variant(JSONB(), "postgresql")


class Mood(enum.Enum):
    glad = 1


class OfEnum(TypeDecorator):
    impl = Enum(Mood)


class Spec(types.UserDefinedType):
    def get_col_spec(self, **kwargs):
        return "BOX"


class Loose(Mutable, dict):
    pass


def medium():
    """A text that is larger on MySQL."""
    return Text().with_variant(mysql.MEDIUMTEXT(), "mysql")


def collated(length=SIZE, **kwargs):
    return String(length=length, **kwargs, **collation())


def collation():
    return {"collation": "C"} if "C" in globals() else {}


def loose(*args):
    return String(**collation())


def chosen(long):
    if long:
        return Text()
    return String(5)


def power():
    return String(2**6 - 4)


def kept(function):
    return function


@kept
def decorated():
    return Text()


def twice(kind):
    return twice(kind)


class Several(TypeDecorator):
    impl = ARRAY


class Listed(TypeDecorator):
    impl = ARRAY(Text)


class Compared(TypeDecorator):
    impl = Integer

    def compare_against_backend(self, dialect, conn_type):
        return True
'''

KNOWN = [
    "Plain", "Plain()", "Typed", "Typed()", "Typed(5)", "Sized(20)", "Sized(length=7)",
    "Fixed", "Fixed()", "Fixed(length=99)", "Named(Mood)", "Named(Mood, 8)", "Named(members=Mood, length=4)",
    "Above(12)", "GUID", "GUID()", "Kept", "Handed", "Moment", "Moment(timezone=True)", "Nested",
    "Either", "MutableDict.as_mutable(JSON)", "MutableDict.as_mutable(JSON())", "Loose.as_mutable(Plain)",
    "MutableDict.as_mutable(Sized(3))", "OfEnum", "medium()", "collated()", "collated(7)", "collated(length=8)",
    "String(6, **collation())", "chosen(True)", "chosen(False)", "power()", "Sized(2**5)", "Sized(int((255 + 2) / 3) << 2)", "Sized(100 // 7 % 9)",
]  # fmt: skip
"""Types that are the same on every database, or that say which they are on which."""
OF_POSTGRESQL = [
    "Sized",
    "MutableDict.as_mutable(JSONB)",
    "Several(Integer)",
    "Listed",
    "ARRAY(Plain)",
]
UNKNOWN = ["Changed", "Changed(length=3)", "Worked(4)", "Perhaps(False)", "Replaced()", "Asked"]
UNKNOWN += [
    "loose()",
    "decorated()",
    "twice(Text)",
    "collated(1, 2)",
    "Written",
    "Spec",
    "Compared",
    "Named(Mood, 8, 9, 10)",
]
DIALECTS = {
    "postgresql": postgresql.dialect,
    "mysql": mysql.dialect,
    "sqlite": sqlite.dialect,
}


def read(expression: str, dialect: str, *, inside: bool) -> str | None:
    """The type of a column that says *expression*, in the module with the types or in another one."""
    imported = "from shop.kinds import *\nfrom shop import kinds\n"
    head = KINDS if inside else imported
    # What stands in another module is imported by name, as most write it.
    names = ", ".join(n for n in dir_of(KINDS) if n in expression)
    head += "" if inside or not names else f"from shop.kinds import {names}\n"
    head += "import oslo_db.sqlalchemy.types\nimport sqlalchemy_utils\n"
    models = (
        f"{head}\nfrom sqlalchemy import Column\nfrom sqlalchemy.orm import declarative_base\n"
        "Base = declarative_base()\n\n\nclass Order(Base):\n    __tablename__ = 'orders'\n"
        f"    id = Column(Integer, primary_key=True)\n    one = Column({expression})\n"
    )
    tree = MemoryTree({"shop/kinds.py": KINDS, "shop/models.py": models, "shop/__init__.py": ""})
    (table,) = read_metadata(tree, ["shop/models.py"], dialect).tables.values()
    column = table.table.column("one")
    assert column is not None
    return column.type


ALIASES = """from typing import Annotated

from sqlalchemy import Enum
from sqlalchemy.orm import mapped_column

from shop.kinds import Fixed, Mood, Plain

text = Annotated[str, mapped_column(Plain)]
fixed = Annotated[str, mapped_column(Fixed(), nullable=True)]
mood = Annotated[Mood, mapped_column(Enum(Mood))]
either = Annotated[Mood, "said by its class"]
"""


@pytest.mark.parametrize(
    ("alias", "kept"),
    [("text", "text"), ("fixed", "varchar(12)"), ("mood", "mood"), ("either", "mood")],
)
def test_an_annotation_is_read_where_it_stands(alias: str, kept: str) -> None:
    """The model's own file imports none of the types that the alias names."""
    models = MAPPED.replace("from", f"from shop.aliases import {alias}\nfrom", 1)
    models += f"    one: Mapped[{alias}]\n"
    tree = MemoryTree(
        {"shop/kinds.py": KINDS, "shop/aliases.py": ALIASES, "shop/models.py": models}
        | {"shop/__init__.py": ""}
    )
    (table,) = read_metadata(tree, ["shop/models.py"], "postgresql").tables.values()
    column = table.table.column("one")

    assert column is not None
    assert column.type == kept


def dir_of(source: str) -> list[str]:
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    return [name for name in namespace if not name.startswith("_")]


def truth(expression: str, dialect: str) -> str:
    """What SQLAlchemy makes of it."""
    namespace: dict[str, Any] = {}
    exec(KINDS, namespace)
    kind = eval(expression, namespace)
    return str(sa.types.to_instance(kind).compile(dialect=DIALECTS[dialect]())).lower()


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("expression", KNOWN)
def test_an_own_type_is_what_sqlalchemy_makes_of_it(
    expression: str, dialect: str, inside: bool
) -> None:
    found = read(expression, dialect, inside=inside)

    assert found == truth(expression, dialect)


@pytest.mark.parametrize("expression", OF_POSTGRESQL)
def test_so_are_those_of_one_database(expression: str) -> None:
    assert read(expression, "postgresql", inside=False) == truth(expression, "postgresql")


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("expression", UNKNOWN)
def test_what_code_decides_is_not_guessed(expression: str, inside: bool) -> None:
    assert read(expression, "postgresql", inside=inside) is None


OF_LIBRARIES = {
    "sqlalchemy_utils.ChoiceType([('a', 'b')])": ("varchar(255)", "varchar(255)"),
    "sqlalchemy_utils.EmailType": ("varchar(255)", "varchar(255)"),
    "sqlalchemy_utils.types.EmailType(100)": ("varchar(100)", "varchar(100)"),
    "sqlalchemy_utils.StringEncryptedType(Text, 'key', length=9)": ("varchar(9)", "varchar(9)"),
    "sqlalchemy_utils.EncryptedType(Text, 'key')": ("bytea", "blob"),
    "sqlalchemy_utils.JSONType": ("json", "text"),
    "sqlalchemy_utils.types.ts_vector.TSVectorType('a', weights={})": ("tsvector", None),
    "sqlalchemy_utils.URLType": ("text", "text"),
    "sqlalchemy_utils.UUIDType(binary=False)": ("uuid", None),
    "sqlalchemy_utils.PasswordType": (None, None),
    "oslo_db.sqlalchemy.types.JsonEncodedDict": ("text", "text"),
    "oslo_db.sqlalchemy.types.JsonEncodedDict(mysql_as_long=True)": (None, None),
}
"""What PostgreSQL and MySQL have of them: asked of the libraries themselves, which are not installed here."""


@pytest.mark.parametrize(("expression", "types"), OF_LIBRARIES.items())
def test_types_of_libraries_are_known(
    expression: str, types: tuple[str | None, str | None]
) -> None:
    found = tuple(read(expression, d, inside=False) for d in ("postgresql", "mysql"))

    assert found == types


def test_a_column_of_an_own_type_is_written_as_what_it_is() -> None:
    kinds = "from sqlalchemy import Text, TypeDecorator\n\n\nclass Secret(TypeDecorator):\n    impl = Text\n"
    models = MAPPED.replace("class Base", "from shop.kinds import Secret\n\n\nclass Base")
    start = {
        **files(one=revision("3f9a1c07be52", None, FIRST)),
        "shop/__init__.py": "",
        "shop/kinds.py": kinds,
        "shop/models.py": models,
    }
    head = {"shop/models.py": f"{models}    token: Mapped[str] = mapped_column(Secret)\n"}
    (found,) = findings(compare(start, head=head), "missing-migration")
    (file,) = found.new_files
    assert 'op.add_column("orders", sa.Column("token", sa.Text(), nullable=False))' in file.content

    other = {"shop/kinds.py": kinds.replace("Text", "Integer")}
    two = revision(
        "88d0e2b7a614",
        "3f9a1c07be52",
        'op.add_column("orders", sa.Column("token", sa.Text(), nullable=False))',
    )
    start |= {**head, "migrations/versions/two.py": two}
    (found,) = findings(compare(start, head=other), "missing-migration")
    assert "`token`" in found.message


def test_types_that_lead_to_one_another_are_not_followed_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many there are: each asks twelve times for the next."""
    following = "\n\n".join(
        f"class A{n}(TypeDecorator):\n    impl = Text\n\n    def load_dialect_impl(self, dialect):\n"
        f"        return A{(n + 1) % 30}(A{(n + 1) % 30}(A{(n + 1) % 30}(2)))\n"
        for n in range(30)
    )
    asked: list[object] = []
    made = own_types.OwnTypes._made

    def counted(*args: Any) -> Any:
        asked.append(args)
        return made(*args)

    monkeypatch.setattr(own_types.OwnTypes, "_made", counted)
    columns = "".join(f"    c{n} = Column(A0(A1(1)))\n" for n in range(9))
    models = (
        "from sqlalchemy import Column, Integer, Text, TypeDecorator\n"
        f"from sqlalchemy.orm import declarative_base\n\n{following}\nBase = declarative_base()\n\n\n"
        f"class Order(Base):\n    __tablename__ = 'orders'\n    id = Column(Integer, primary_key=True)\n{columns}"
    )

    (table,) = read_metadata(MemoryTree({"m.py": models}), ["m.py"], "postgresql").tables.values()

    assert {c.type for c in table.table.columns} == {"integer", None}
    assert len(asked) <= limits.OWN_TYPES


LITERALS = {
    "Literal['a', 'bcd']": "varchar(3)",
    "Literal['a'] | None": "varchar(1)",
    "Kinds": "varchar(5)",
    "Literal[1, 2]": None,
}


@pytest.mark.parametrize(("said", "kind"), LITERALS.items())
@pytest.mark.parametrize("mapped", [False, True])
def test_of_a_literal_sqlalchemy_makes_a_text(said: str, kind: str | None, mapped: bool) -> None:
    """Unless the base says what becomes of them."""
    base = "    type_annotation_map = {Literal: Text}\n" if mapped else "    pass\n"
    models = (
        "from typing import Literal\n\nfrom sqlalchemy import Text\n"
        "from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\n\n"
        "Kinds = Literal['small', 'big']\n\n\n"
        f"class Base(DeclarativeBase):\n{base}\n\nclass Order(Base):\n    __tablename__ = 'orders'\n"
        f"    id: Mapped[int] = mapped_column(primary_key=True)\n    one: Mapped[{said}]\n"
    )
    (table,) = read_metadata(MemoryTree({"m.py": models}), ["m.py"], "postgresql").tables.values()
    column = table.table.column("one")
    assert column is not None
    assert column.type == (None if mapped else kind)

    if kind is not None and not mapped:
        namespace: dict[str, Any] = {}
        exec(compile(models, "m.py", "exec", dont_inherit=True), namespace)
        real = namespace["Order"].__table__.columns["one"].type
        assert real.compile(dialect=DIALECTS["postgresql"]()).lower() == kind


MOODS = """import enum
from enum import auto
from shop.kinds import StrEnum


class Mood(str, enum.Enum):
    GLAD = "glad"
    SAD = ("s", "ad")


class Kind(enum.StrEnum):
    SMALL = auto()


class Size(enum.IntEnum):
    ONE = 1


class Odd(enum.Enum):
    ONE = "one"

    @property
    def value(self):
        return "two"


class Plain:
    ONE = "one"


class Other(StrEnum):
    ONE = enum.auto()
    TWO = "two"


class Counted(enum.StrEnum):
    def _generate_next_value_(name, start, count, last_values):
        return name

    ONE = enum.auto()
"""
MEMBERS = {
    "Mood.GLAD.value": "'glad'",
    "Mood.GLAD.name": "'GLAD'",
    "Mood.SAD.name": "'SAD'",
    "Kind.SMALL.value": "'small'",
    "Mood.SAD.value": None,
    "Odd.ONE.value": None,
    "Mood.NONE.value": None,
    "Plain.ONE.value": None,
    "Other.ONE.value": None,
    "Other.TWO.value": "'two'",
    "Counted.ONE.value": None,
}


@pytest.mark.parametrize(("member", "written"), MEMBERS.items())
@pytest.mark.parametrize("where", ["here", "there", "module"])
def test_a_default_may_be_a_member_of_an_enumeration(
    member: str, written: str | None, where: str
) -> None:
    head = {
        "here": MOODS,
        "there": "from shop.moods import *\n",
        "module": "from shop import moods\n",
    }
    name = member.partition(".")[0]
    imported = f"from shop.moods import {name}\n" if where == "there" else ""
    models = MAPPED.replace("class Base", f"{imported}{head[where]}\n\nclass Base")
    said = f"moods.{member}" if where == "module" else member
    start = {
        **files(one=revision("3f9a1c07be52", None, FIRST)),
        "shop/__init__.py": "",
        "shop/moods.py": MOODS,
        "shop/models.py": models,
    }
    added = f"    mood: Mapped[str] = mapped_column(server_default={said})\n"
    (found,) = findings(
        compare(start, head={"shop/models.py": models + added}), "missing-migration"
    )

    text = "".join(file.content for file in found.new_files)
    assert bool(text) is (written is not None)
    assert written is None or f'server_default=sa.text("{written}")' in text
