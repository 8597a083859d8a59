"""`ensia explain`: from a status to the tests, the evidence, the file, sheet and row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.common import COLOURS, console, print_json
from models.language import Language, pick_column
from models.message import Say
from models.norm_number import plain_number
from models.wording import number, reason, word
from warehouse.reading.explain import AGAINST, explain
from warehouse.reading.read import Published
from warehouse.storage.database import State

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree


def show_explanation(state: State, norm: str, organisation: str | None, lang: Language, as_json: bool) -> None:
    """Print the explanation of a norm or principle for an organisation."""
    with Published(state) as published:
        content = explain(published, published.organisation(organisation), norm)
    if as_json:
        print_json(content)
        return
    _print_explanation(content, Say(lang))


def _print_explanation(content: dict[str, Any], say: Say) -> None:
    from rich.tree import Tree

    norm, status = content["norm"], content["status"]
    norm_id, typed = norm["norm_id"], content["asked"]
    if plain_number(typed) != plain_number(norm_id):
        console().print(say("explain.is_now", asked=typed, norm=norm_id), markup=False)
    if status["status"] is None:
        console().print(_without_status(norm, say), markup=False)
        return
    tree = Tree(_head(norm, status, say))
    _add_what_holds(tree, content, say)
    for measure in content["measures"]:
        _add_measure(tree, measure, norm_id, say)
    for indicator in content["indicators"]:
        _add_indicator(tree, indicator, say)
    for control in content["controls"]:
        title = pick_column(control, "title", say.language)
        line = _text_of(say("explain.related", norm=control["norm_id"], title=title))
        _append_word(line, control["status"], say)
        tree.add(line)
    console().print(tree)


def _text_of(text: str, style: str = "") -> Text:
    """A text that is shown as it is, without markup."""
    from rich.text import Text

    return Text(text, style=style)


def _append_word(line: Text, code: str | None, say: Say) -> None:
    """Put the word for a status, colour or result behind a line, in its colour."""
    line.append(word(code, say.language), style=COLOURS.get(code or "", ""))


def _head(norm: dict[str, Any], status: dict[str, Any], say: Say) -> Text:
    """The norm or principle with its status, and how strong that is."""
    title = pick_column(norm, "title", say.language)
    head = _text_of(f"{norm['norm_id']} {title}: ", "bold")
    _append_word(head, status["status"], say)
    _append_gap(head, status, say)
    if status.get("basis"):
        head.append(f" ({word(status['basis'], say.language)})")
    if status.get("score") is not None:
        head.append(say("explain.score", score=100 * status["score"], coverage=100 * status["coverage"]))
    return head


def _append_gap(line: Text, status: dict[str, Any], say: Say) -> None:
    """What keeps a norm that complies in part from complying."""
    if status.get("gap"):
        line.append(f", {word(status['gap'], say.language)}")


def _add_what_holds(tree: Tree, content: dict[str, Any], say: Say) -> None:
    """What the norm says, in our words and officially, and what holds for it: a claim that does not count, an exception."""
    norm, status = content["norm"], content["status"]
    if norm.get("summary_nl"):
        tree.add(_text_of(pick_column(norm, "summary", say.language), "italic"))
    _add_official(tree, content["official_text"], say)
    note, excepted_until = status.get("applicability_note"), status.get("excepted_until")
    if note:
        tree.add(_text_of(say("explain.not_counted", reason=word(note, say.language))))
    if excepted_until:
        text = say("explain.excepted", until=excepted_until, reason=status["exception_reason"])
        tree.add(_text_of(text))


def _add_measure(tree: Tree, measure: dict[str, Any], norm_id: str, say: Say) -> None:
    """A measure with its demands and tests, on a branch of its own unless it is the norm that is explained."""
    branch = tree
    if measure["norm_id"] != norm_id:
        title = pick_column(measure, "title", say.language)
        line = _text_of(f"{measure['norm_id']} {title}: ")
        _append_word(line, measure["status"], say)
        _append_gap(line, measure, say)
        branch = tree.add(line)
        _add_official(branch, measure["official_text"], say)
    contradiction = measure["contradiction"]
    if contradiction:
        key = f"explain.capped_by_{contradiction['kind']}"
        text = say(key, title=contradiction["title"], place=contradiction["locator"])
        branch.add(_text_of(text, "dark_orange"))
    _add_demands(branch, measure, say)
    for test in measure["tests"]:
        _print_test(branch, test, say)


def _add_indicator(tree: Tree, indicator: dict[str, Any], say: Say) -> None:
    """An indicator with its colour, its value and what it was measured with."""
    lang, colour = say.language, indicator["colour"]
    line = _text_of(f"{indicator['indicator_id']} {pick_column(indicator, 'name', lang)}: ")
    line.append(f"{word(colour, lang)} ", style=COLOURS.get(colour, ""))
    line.append(f"({number(indicator['value'], lang)} {indicator['unit']})")
    branch = tree.add(line)
    for test in indicator["tests"]:
        _print_test(branch, test, say)


def _without_status(norm: dict[str, Any], say: Say) -> str:
    """Why a number has no status of its own, and where to look instead."""
    title = pick_column(norm, "title", say.language)
    return say("explain.without_status", norm=norm["norm_id"], title=title, control=norm["parent"] or "–")


def _add_official(branch: Any, text: str | None, say: Say) -> None:
    from rich.text import Text

    if text:
        branch.add(Text(say("explain.official", text=text), style="italic"))


def _add_demands(branch: Any, measure: dict[str, Any], say: Say) -> None:
    """What the norm demands, each with what proves it and how that came out, and the aspects that it does not ask."""
    from rich.text import Text

    lang = say.language
    demands, not_asked = measure["demands"], measure["not_asked"]
    results = {test["test_id"]: test["result"] for test in measure["tests"]}
    if any(demand["own_reading"] for demand in demands):
        note = say("explain.own_reading")
        branch.add(Text(note, style="italic"))
    for demand in demands:
        text = pick_column(demand, "text", lang)
        line = say("explain.demand", **demand, text=text)
        leaf = branch.add(Text(line))
        for test_id in demand["test_ids"]:
            leaf.add(_proof(test_id, results.get(test_id), say))
    for row in not_asked:
        why = pick_column(row, "reason", lang)
        what = word(row.get("aspect"), lang)
        line = say("explain.not_asked", what=what, why=why)
        branch.add(Text(line))


def _proof(test_id: str, result: str | None, say: Say) -> Any:
    """A test that proves a demand, with how it came out."""
    from rich.text import Text

    colour = COLOURS.get(result or "", "")
    line = Text(style="bright_black")
    line.append(say("explain.proven_by", test=test_id))
    line.append(word(result, say.language), style=colour)
    return line


def _print_test(branch: Any, test: dict[str, Any], say: Say) -> None:
    from rich.text import Text

    lang = say.language

    line = Text()
    if test["aspect"]:  # an indicator is told by its colour and value, a test by its result
        line.append(f"{word(test['aspect'], lang)}: ")
        line.append(word(test["result"], lang), style=COLOURS.get(test["result"], ""))
        line.append(f" – {pick_column(test, 'sentence', lang)} ")
    why = reason(
        test["reason"],
        lang,
        metric=test["metric"],
        numerator=test["numerator"],
        denominator=test["denominator"],
        selected=test["selected"],
    )
    line.append(f"[{why}]", style="bright_black")
    if test["expires_on"]:
        line.append(say("explain.expires", day=test["expires_on"]), style="bright_black")
    leaf = branch.add(line)
    measured = [pick_column(test, "looked_at", lang), pick_column(test, "criterion", lang)]
    yardstick = say("explain.yardstick", measured=": ".join(part for part in measured if part))
    leaf.add(Text(yardstick, style="bright_black"))
    if test["beyond_norm"]:
        leaf.add(Text(say("explain.beyond_norm"), style="bright_black"))
    if test["any_of"]:
        key = "explain.outdone" if test["outdone_in"] else "explain.any_of"
        leaf.add(Text(say(key, name=test["any_of"]), style="bright_black"))
    if test["override_reason"]:
        leaf.add(Text(say("explain.override", reason=test["override_reason"]), style="magenta"))
    _print_records(leaf, test, say)


def _print_records(leaf: Any, test: dict[str, Any], say: Say) -> None:
    """First what is not good or unknown, each with its verdict, and how to get all of it; then a few good ones, as a sample."""
    from rich.text import Text

    against = sum(test["counts"].get(verdict, 0) for verdict in AGAINST)
    for record in test["against"]:
        leaf.add(_record_line(record, say))
    if against > len(test["against"]):
        leaf.add(Text(say("explain.and_more", number=against - len(test["against"]), query=test["query"])))
    for record in test["evidence"]:
        if record["verdict"] not in (*AGAINST, "good"):
            leaf.add(_record_line(record, say))
    if not test["good_examples"]:
        return
    heading = say("explain.good_examples", number=test["counts"]["good"], shown=len(test["good_examples"]))
    examples = leaf.add(Text(heading, style="bright_black"))
    for record in test["good_examples"]:
        examples.add(_record_line(record, say))


def _record_line(record: dict[str, Any], say: Say) -> Any:
    """A record with its verdict, its own key and its place."""
    from rich.text import Text

    verdict, title, key = record["verdict"], record["title"], record["record_key"]
    line = Text(style="bright_black")
    if verdict is not None and verdict != "good":
        line.append(f"[{word(verdict, say.language)}] ", style="red" if verdict in AGAINST else "bright_black")
    name = f"{title} ({key})" if title and title != key else key
    if record["mark"]:
        name = f"{name}, {word(record['mark'], say.language)}"
    line.append(f"{name} ← {record['place']}")
    return line
