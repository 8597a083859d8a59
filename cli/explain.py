"""`ensia explain`: from a status to the tests, the evidence, the file, sheet and row."""

from __future__ import annotations

from typing import Any

from cli.common import COLOURS, console, print_json
from models.norm_number import plain_number
from models.wording import number, reason, word
from warehouse.database import State
from warehouse.explain import explain
from warehouse.read import Published


def show_explanation(state: State, norm: str, organisation: str | None, lang: str, as_json: bool) -> None:
    """Print the explanation of a norm or principle for an organisation."""
    with Published(state) as published:
        content = explain(published, published.organisation(organisation), norm)
    if as_json:
        print_json(content)
        return
    _print(content, lang)


def _print(content: dict[str, Any], lang: str) -> None:
    from rich.text import Text
    from rich.tree import Tree

    norm, status = content["norm"], content["status"]
    asked, meant = plain_number(content["asked"]), norm["norm_id"]
    if asked != plain_number(meant):
        console().print(
            f"{content['asked']} is now {meant}." if lang == "en" else f"{content['asked']} heet nu {meant}.",
            markup=False,
        )
    if status["status"] is None:
        console().print(_without_status(norm, lang), markup=False)
        return
    head = Text(f"{norm['norm_id']} {norm['title_en'] if lang == 'en' else norm['title_nl']}: ", style="bold")
    head.append(word(status["status"], lang), style=COLOURS.get(status["status"], ""))
    if status.get("basis"):
        head.append(f" ({word(status['basis'], lang)})")
    if status.get("score") is not None:
        head.append(f" · score {100 * status['score']:.0f}%, dekking {100 * status['coverage']:.0f}%")
    tree = Tree(head)
    if norm.get("summary_nl"):
        tree.add(Text(norm["summary_en"] if lang == "en" else norm["summary_nl"], style="italic"))
    _add_official(tree, content["official_text"], lang)
    if status.get("applicability_note"):
        tree.add(Text(f"De opgave 'niet van toepassing' telt niet: {word(status['applicability_note'], lang)}."))
    if status.get("excepted_until"):
        tree.add(Text(f"Uitgezonderd tot {status['excepted_until']}: {status['exception_reason']}"))
    for measure in content["measures"]:
        line = Text(f"{measure['norm_id']} {measure['title_en'] if lang == 'en' else measure['title_nl']}: ")
        line.append(word(measure["status"], lang), style=COLOURS.get(measure["status"], ""))
        branch = tree if measure["norm_id"] == norm["norm_id"] else tree.add(line)
        if branch is not tree:
            _add_official(branch, measure["official_text"], lang)
        for test in measure["tests"]:
            _print_test(branch, test, lang)
    for indicator in content["indicators"]:
        line = Text(f"{indicator['indicator_id']} {indicator['name_nl']}: ")
        line.append(f"{word(indicator['colour'], lang)} ", style=COLOURS.get(indicator["colour"], ""))
        line.append(f"({number(indicator['value'], lang)} {indicator['unit']})")
        branch = tree.add(line)
        for test in indicator["tests"]:
            _print_test(branch, test, lang)
    for control in content["controls"]:
        title = control["title_en"] if lang == "en" else control["title_nl"]
        line = Text(f"{'Related' if lang == 'en' else 'Verwant'}: {control['norm_id']} {title}: ")
        line.append(word(control["status"], lang), style=COLOURS.get(control["status"], ""))
        tree.add(line)
    console().print(tree)


def _without_status(norm: dict[str, Any], lang: str) -> str:
    """Why a number has no status of its own, and where to look instead."""
    title = norm["title_en"] if lang == "en" else norm["title_nl"]
    where = norm["parent"] or "–"
    if lang == "en":
        return f"{norm['norm_id']} {title}: no status of its own. See control {where}."
    return f"{norm['norm_id']} {title}: heeft zelf geen status. Zie beheersmaatregel {where}."


def _add_official(branch: Any, text: str | None, lang: str) -> None:
    from rich.text import Text

    if text:
        branch.add(Text(f"{'Official text' if lang == 'en' else 'Officiële tekst'}: {text}", style="italic"))


def _print_test(branch: Any, test: dict[str, Any], lang: str) -> None:
    from rich.text import Text

    line = Text()
    if test["aspect"]:  # an indicator is told by its colour and value, a test by its result
        line.append(f"{word(test['aspect'], lang)}: ")
        line.append(word(test["result"], lang), style=COLOURS.get(test["result"], ""))
        line.append(f" – {test['sentence_en'] if lang == 'en' else test['sentence_nl']} ")
    why = reason(
        test["reason"], lang, metric=test["metric"], numerator=test["numerator"], denominator=test["denominator"],
        selected=test["selected"],
    )  # fmt: skip
    line.append(f"[{why}]", style="bright_black")
    if test["expires_on"]:
        line.append(f" verloopt op {test['expires_on']:%d-%m-%Y}", style="bright_black")
    leaf = branch.add(line)
    measured = [test[f"looked_at_{lang}"], test[f"criterion_{lang}"]]
    heading = "Measured by" if lang == "en" else "Maatstaf"
    leaf.add(Text(f"{heading}: {': '.join(part for part in measured if part)}", style="bright_black"))
    if test["override_reason"]:
        leaf.add(
            Text(f"{'Own threshold' if lang == 'en' else 'Eigen drempel'}: {test['override_reason']}", style="magenta")
        )
    for record in test["evidence"]:
        leaf.add(Text(f"{record['title'] or record['record_key']} ← {record['place']}", style="bright_black"))
