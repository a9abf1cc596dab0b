"""Modules whose names can be worked out: constants, lists and dictionaries, and what is done with them."""

from __future__ import annotations

from hypothesis import strategies as st

TEXTS = ("text", "label")
NUMBERS = ("size", "limit")
LISTS = ("names", "codes")
PAIRS = ("choices", "more")
TABLES = ("titles", "kinds")
NAMES = (*TEXTS, *NUMBERS, *LISTS, *PAIRS, *TABLES)

HEAD = """
text = "a_b"
label = "Zz"
size = 1
limit = 7
names = []
codes = ["x", "a"]
choices = []
more = [("a", "A")]
titles = {}
kinds = {"a": "A", "k": "K"}
"""

Source = st.SearchStrategy[str]


def form(template: str, *parts: Source) -> Source:
    """*template* with a drawn text for each ``@``."""

    def filled(drawn: tuple[str, ...]) -> str:
        first, *rest = template.split("@")
        return first + "".join(f"{part}{after}" for part, after in zip(drawn, rest, strict=True))

    return st.tuples(*parts).map(filled)


def deeper(of: Source, *others: Source) -> Source:
    """*of*, and now and then one of *others*."""
    return st.one_of(of, of, *others)


text_names, number_names, list_names, pair_names, table_names = map(
    st.sampled_from, (TEXTS, NUMBERS, LISTS, PAIRS, TABLES)
)
_SMALL = st.sampled_from(["0", "1", "2", "-1", "10"])

texts: Source = st.deferred(
    lambda: deeper(
        st.sampled_from(['"a"', '"b"', '"c d"', '""', *TEXTS]),
        form("(@ + @)", texts, texts),
        form('f"{@}-{@}"', text_names, number_names),
        form('"%s-%s" % (@, @)', texts, numbers),
        form("@.upper()", text_names),
        form("@.title()", text_names),
        form('@.replace("a", "b")', text_names),
        form('@.split("_")[0]', text_names),
        form("str(@)", numbers),
        form('", ".join(@)', lists),
        form("(@ if @ else @)", texts, answers, texts),
        form("@[:1]", text_names),
    )
)
numbers: Source = st.deferred(
    lambda: deeper(
        st.one_of(_SMALL, number_names),
        form("(@ + @)", numbers, numbers),
        form("(@ * @)", numbers, numbers),
        form("len(@)", st.one_of(texts, lists, pairs, tables)),
        form("max(@, @)", numbers, numbers),
        form("max((len(n) for n in @), default=0)", lists),
        form("max([0, *[len(n) for n in @]])", lists),
        form("int(@)", answers),
        form("(1 << @)", st.sampled_from("123")),
    )
)
answers: Source = st.deferred(
    lambda: deeper(
        st.sampled_from(["True", "False"]),
        form("(@ < @)", numbers, numbers),
        form("(@ == @)", texts, texts),
        form("(@ in @)", texts, lists),
        form("(not @)", answers),
        form("bool(@)", lists),
    )
)
lists: Source = st.deferred(
    lambda: deeper(
        st.sampled_from(["[]", '["a", "b"]', '["c"]', "[*names]", "[*codes]"]),
        form("[@, @]", texts, texts),
        form("(@ + @)", lists, lists),
        form("[n.upper() for n in @ if n != @]", lists, texts),
        form("[key for key, value in @]", pairs),
        form("[*@, @]", lists, texts),
        form("sorted(@)", lists),
        form("list(@)", tables),
        form("list(@.values())", table_names),
        form("@[::-1]", lists),
        form("[f'{n}{i}' for i, n in enumerate(@)]", lists),
        form("[str(i) for i in range(@)]", st.sampled_from("023")),
    )
)
pairs: Source = st.deferred(
    lambda: deeper(
        st.sampled_from(['[("a", "A"), ("b", "B")]', "[]", "[*choices]", "[*more]"]),
        form("[(n, n.title()) for n in @]", lists),
        form("list(@.items())", table_names),
        form("list(zip(@, @))", lists, lists),
        form("(@ + [(@, @)])", pairs, texts, texts),
        form("[(value, key) for key, value in @]", pairs),
    )
)
tables: Source = st.deferred(
    lambda: deeper(
        st.sampled_from(['{"a": "A", "b": "B"}', "{}", "{**titles}", "{**kinds}"]),
        form("dict(@)", pairs),
        form("{**@, @: @}", tables, texts, texts),
        form("{key: value for key, value in @}", pairs),
        form("{n: n.upper() for n in @}", lists),
    )
)

_simple = st.one_of(
    form("@ = @", text_names, texts),
    form("@ = @", number_names, numbers),
    form("@ = @", list_names, lists),
    form("@ = @", pair_names, pairs),
    form("@ = @", table_names, tables),
    form("@ += @", list_names, lists),
    form("@ += @", number_names, numbers),
    form("@ += @", text_names, texts),
    form("@.append(@)", list_names, texts),
    form("@.append((@, @))", pair_names, texts, texts),
    form("@.extend(@)", list_names, lists),
    form("@.insert(0, @)", list_names, texts),
    form("@.sort()", list_names),
    form("@.update(@)", table_names, tables),
    form("@.setdefault(@, @)", table_names, texts, texts),
    form("@[@] = @", table_names, texts, texts),
    form("@.pop('a', None)", table_names),
    form("@[:0] = @", list_names, lists),
    form("names, codes = @, @", lists, lists),
    form("text, label = label, text"),
    form("first, *names = ['x', @, @]", texts, texts),
    form("kept = [@]", st.sampled_from(NAMES)),
)
_filling = st.one_of(
    form("for n in @:\n    @.append(n)", lists, list_names),
    form("for n in @:\n    @.append((n, n))", lists, pair_names),
    form("for n in @:\n    if n != @:\n        @.append(n)", lists, texts, list_names),
    form("for key, value in @:\n    @[key] = value", pairs, table_names),
    form("for n in @:\n    @ = n", lists, text_names),
    form("for n in @:\n    @ += 1", lists, number_names),
    form("for text in @:\n    @.append(text)", lists, list_names),
)
_branching = st.one_of(
    form("if @:\n    @", answers, _simple),
    form("if @:\n    @\nelse:\n    @", answers, _simple, _simple),
    form("def fill(n='a'):\n    names.append(n)\n    titles[n] = n\nfill()"),
    form("def local(n='a'):\n    @ = n\nlocal()", st.sampled_from(NAMES)),
)

modules = st.lists(st.one_of(_simple, _simple, _filling, _branching), min_size=1, max_size=8).map(
    lambda statements: HEAD + "".join(f"{statement}\n" for statement in statements)
)
"""Sources that Python runs in no time, and that may raise an error."""
