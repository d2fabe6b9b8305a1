"""Word patterns as data: the pattern language, its errors, and word lists."""

from __future__ import annotations

from pathlib import Path

import pytest
from ampoule.lexicon import GAP, Hit, Lexicon, WordLists, as_typed, plain, tokens
from ampoule.yamlfile import ContentError


@pytest.fixture
def lexicon(tmp_path: Path):
    def make(*patterns: str, words: str = "throat: throat|gullet", match: str = "", not_: str = "") -> Lexicon:
        file = tmp_path / "rules.yml"
        lines = "".join(f"      - '{p}'\n" for p in patterns)
        file.write_text(
            f"words:\n  {words}\nrules:\n  - id: rule\n    patterns:\n{lines}    match: ['{match or 'x'}']\n    not: ['{not_ or 'y'}']\n", encoding="utf-8"
        )
        return Lexicon(file, check=bool(match or not_))

    return make


def hits(lexicon: Lexicon, text: str) -> list[Hit]:
    return lexicon.find(tokens(plain(text)))


@pytest.mark.parametrize(
    ("words", "text", "typed"),
    [
        ("cant breathe", "Help, I Can’t\n breathe!", "Can’t\n breathe"),
        ("now", "I know. Now?", "Now"),
        ("warfarin", "on warfrin here", "warfarin"),
        ("a.b (c", "A.B (C", "A.B (C"),
    ],
)
def test_words_as_they_were_typed(words: str, text: str, typed: str) -> None:
    assert as_typed(words, text) == typed


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("throat", ["my throat hurts", "THROAT!", "sore-throat", "throat/neck"], ["throats", "threat", ""]),
        ("throat|gullet", ["my gullet", "a throat"], ["my neck"]),
        ("clos*", ["close", "closing up", "it closes"], ["disclose", "clo"]),
        ("throat closing", ["my throat closing"], ["closing throat", "throat is closing", "throat"]),
        (
            "throat .. closing",
            ["throat closing", "throat is closing", "throat really is now closing", "throat a b c d closing"],
            ["throat a b c d e closing", "closing my throat"],
        ),
        ("?my throat", ["throat", "my throat"], ["my"]),
        ("lost ?my|the voice", ["lost voice", "lost my voice", "lost the voice"], ["lost his voice"]),
        ("$throat swells", ["throat swells", "gullet swells"], ["lip swells"]),
        ("$throat|neck", ["gullet", "neck"], ["arm"]),
        ("?$throat tight", ["tight", "gullet tight"], ["throat"]),
        ("cant breathe", ["I can't breathe", "cant breathe", "CAN’T BREATHE", "I can`t   breathe"], ["I can breathe", "can not breathe"]),
        ("b12|b-12", ["b12", "B12!"], ["b6"]),
        ("so .. .. what", ["so what", "so a b c d e f g h what"], ["so a b c d e f g h i what"]),
        ("évanouie|ohnmächtig", ["elle est évanouie", "OHNMÄCHTIG"], ["evanouie"]),
    ],
)
def test_the_pattern_language(lexicon, pattern: str, matching: list[str], others: list[str]) -> None:
    rules = lexicon(pattern)
    assert [text for text in matching if not hits(rules, text)] == []
    assert [text for text in others if hits(rules, text)] == []


def test_a_gap_is_four_words() -> None:
    assert GAP == 4


def test_several_patterns_are_alternatives(lexicon) -> None:
    rules = lexicon("throat closing", "$throat shut")
    assert hits(rules, "gullet shut") and hits(rules, "throat closing") and not hits(rules, "gullet closing")


def test_a_hit_tells_the_words_and_only_the_longest_of_a_place(lexicon) -> None:
    (hit,) = hits(lexicon("throat", "my throat", "my throat .. closing"), "oh my throat is closing now")
    assert (hit.text, hit.rule.id, hit.start, hit.end) == ("my throat is closing", "rule", 1, 5)


def test_two_places_are_two_hits(lexicon) -> None:
    assert [h.text for h in hits(lexicon("throat|lip"), "my lip and my throat")] == ["lip", "throat"]


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("throat (closing)", "'(closing)' is not a word"),
        ("throat cl[ao]sing", "'cl[ao]sing' is not a word"),
        ("*", "'*' is not a word"),
        ("clo*se", "'clo*se' is not a word"),
        ("throat| shut", "'throat|' is not a word"),
        ("$gullet", "'$gullet' is not under words"),
        ("throat, shut", "'throat,' is not a word"),
        ("..", "the pattern '..' would match anything"),
        ("?my", "the pattern '?my' would match anything"),
        ("?my .. ?your", "would match anything"),
        ("?", "'?' is not a word"),
    ],
)
def test_a_broken_pattern_is_told_with_its_line(lexicon, pattern: str, problem: str) -> None:
    with pytest.raises(ContentError) as caught:
        lexicon("fine", pattern)
    assert problem in caught.value.problem
    assert caught.value.line == 7 and caught.value.file.endswith("rules.yml") and caught.value.mend


def test_a_rule_must_match_its_own_sentences(lexicon) -> None:
    with pytest.raises(ContentError, match="rule 'rule' does not match its own sentence 'my lip'") as caught:
        lexicon("throat", match="my lip", not_="my arm")
    assert caught.value.line == 7
    with pytest.raises(ContentError, match="rule 'rule' matches its own sentence 'a throat sweet'") as caught:
        lexicon("throat", match="my throat", not_="a throat sweet")
    assert (caught.value.line, caught.value.mend) == (8, "mend the pattern or the sentence")
    assert lexicon("throat", match="my throat", not_="my arm").rules["rule"].id == "rule"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("    match:\n      - my throat is closing\n", "", "'match' is missing"),
        ("    not:\n      - the clinic is closing\n", "", "'not' is missing"),
        ("    patterns:\n      - $throat .. clos*|shut\n", "    patterns: []\n", "rules.0.patterns: [] "),
        ("group: allergy", "groupe: allergy", "unknown key 'groupe'"),
        ("id: throat_closing", "id: Throat closing", "rules.0.id: 'Throat closing' does not match"),
        ("group: allergy", "urgency: soon", "rules.0.urgency: 'soon' is not one of"),
    ],
)
def test_a_rule_of_another_shape(small: Path, replace, old: str, new: str, problem: str) -> None:
    file = small / "lexicon" / "red_flags.yml"
    replace(file, old, new)
    with pytest.raises(ContentError) as caught:
        Lexicon(file)
    assert caught.value.problem.startswith(problem) and caught.value.line and caught.value.mend


def test_a_rule_that_stands_twice(small: Path) -> None:
    file = small / "lexicon" / "red_flags.yml"
    text = file.read_text()
    file.write_text(text + text[text.index("  - id: throat_closing") :])
    with pytest.raises(ContentError, match="rule 'throat_closing' stands here twice") as caught:
        Lexicon(file)
    assert caught.value.line == text.count("\n") + 1


def test_what_a_rule_carries(small: Path, replace) -> None:
    file = small / "lexicon" / "red_flags.yml"
    replace(file, "    group: allergy\n", "    group: allergy\n    urgency: same_day\n    source: [D1]\n")
    rule = Lexicon(file).rules["throat_closing"]
    assert (rule.group, rule.urgency, rule.source) == ("allergy", "same_day", ("D1",))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I CAN’T  breathe\n", "i cant breathe"),
        ("it's “odd”", 'its "odd"'),
        ("o'clock", "oclock"),
        ("'quoted' words", "'quoted' words"),
        ("zero\u200bwidth", "zerowidth"),
        ("", ""),
        (" \t ", ""),
    ],
)
def test_plain(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_plain_twice_is_plain_once() -> None:
    text = "Mum’s   lips  AREN'T swollen…"
    assert plain(plain(text)) == plain(text)


def words(tmp_path: Path, text: str) -> WordLists:
    file = tmp_path / "words.yml"
    file.write_text(text, encoding="utf-8")
    return WordLists(file)


def test_word_lists(tmp_path: Path) -> None:
    lists = words(tmp_path, 'lists:\n  medicine: [metformin, Folic Acid, "st john\'s wort", co-codamol]\n  gas: [nitrous]\n')
    assert lists.found("medicine", "i take metformin and folic acid") == ["metformin", "folic acid"]
    assert lists.found("medicine", plain("St John’s Wort?")) == ["st johns wort"]
    assert lists.found("medicine", "metformins, co-codamol") == ["metformins", "co-codamol"]
    assert lists.found("medicine", "metforminal nonmetformin folic acidity pre-metformin") == []
    assert lists.found("gas", "metformin") == []


def test_the_longest_name_is_found(tmp_path: Path) -> None:
    assert words(tmp_path, "lists:\n  medicine: [acid, folic acid]\n").found("medicine", "folic acid") == ["folic acid"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("lists: {}\n", "lists: {} "),
        ("lists:\n  medicine: metformin\n", "lists.medicine: 'metformin' is not of type 'array'"),
        ("list:\n  medicine: [x]\n", "unknown key 'list'"),
        ("lists:\n  medicine: [12]\n", "lists.medicine.0: 12 is not of type 'string'"),
    ],
)
def test_broken_word_lists(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ContentError) as caught:
        words(tmp_path, text)
    assert caught.value.problem.startswith(problem) and caught.value.line and caught.value.mend
