"""What people and systems write becomes the value they meant, in every habit; what is ambiguous is refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.tools.values import ValueProblem, convert, is_blank, shown, snake
from models.instant import AMSTERDAM
from models.kind import Column, kinds, vocabularies

MONTHS = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
]
SHORT_MONTHS = ["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"]
WEEKDAYS = ["maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"]


def column(kind: str = "text", **more: Any) -> Column:
    return Column(**{"name": "field", "type": kind, "nl": "Veld", "en": "Field", "meaning_nl": "", **more})


DATE_HABITS = {
    "31-12-2026": lambda d: f"{d:%d-%m-%Y}",
    "1-2-2026": lambda d: f"{d.day}-{d.month}-{d.year}",
    "31/12/2026": lambda d: f"{d:%d/%m/%Y}",
    "31.12.2026": lambda d: f"{d:%d.%m.%Y}",
    "31-12-'26": lambda d: f"{d.day}-{d.month}-'{d:%y}",
    "31/12/26": lambda d: f"{d:%d/%m/%y}",
    "3 maart 2026": lambda d: f"{d.day} {MONTHS[d.month - 1]} {d.year}",
    "3 Mrt. 2026": lambda d: f"{d.day} {SHORT_MONTHS[d.month - 1].title()}. {d.year}",
    "3-mrt-2026": lambda d: f"{d.day}-{SHORT_MONTHS[d.month - 1]}-{d.year}",
    "wo 4 mrt 2026": lambda d: f"{WEEKDAYS[d.weekday()][:2]} {d.day} {SHORT_MONTHS[d.month - 1]} {d.year}",
    "Woensdag 4 maart 2026": lambda d: f"{WEEKDAYS[d.weekday()].title()} {d.day} {MONTHS[d.month - 1]} {d.year}",
    "wo 04-03-2026": lambda d: f"{WEEKDAYS[d.weekday()][:2]} {d:%d-%m-%Y}",
    "2026-12-31": lambda d: d.isoformat(),
    "20261231": lambda d: f"{d:%Y%m%d}",
    "spaces": lambda d: f"\u00a0 {d.day}  {MONTHS[d.month - 1]}\u00a0{d.year} ",
    "date": lambda d: d,
    "datetime": lambda d: datetime(d.year, d.month, d.day, 13, 5),
}


@pytest.mark.parametrize("habit", DATE_HABITS)
@given(day=st.dates(date(1990, 1, 1), date(2049, 12, 31)))
def test_a_date_written_in_any_dutch_habit_is_that_date(habit: str, day: date) -> None:
    written = DATE_HABITS[habit](day)
    assert convert(column("date"), written) == day
    assert type(convert(column("date"), written)) is date
    assert convert(column("timestamp"), written).date() == day


@given(day=st.dates(date(1990, 1, 1), date(2075, 12, 31)))
def test_machines_write_iso_dates_only(day: date) -> None:
    assert convert(column("date"), day.isoformat(), dutch=False) == day
    with pytest.raises(ValueProblem, match="niet zeker wat de dag is"):
        convert(column("date"), f"{day:%d/%m/%Y}", dutch=False)


@given(
    moment=st.datetimes(datetime(1990, 1, 2), datetime(2075, 12, 30)).map(lambda m: m.replace(microsecond=0)),
    minutes=st.integers(-12 * 60, 14 * 60),
)
def test_a_moment_with_an_offset_becomes_that_moment_in_amsterdam(moment: datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    expected = aware.astimezone(AMSTERDAM).replace(tzinfo=None)
    assert convert(column("timestamp"), aware.isoformat()) == expected
    assert convert(column("timestamp"), aware.isoformat(), dutch=False) == expected
    assert convert(column("timestamp"), aware) == expected
    in_utc = aware.astimezone(UTC)
    assert convert(column("timestamp"), f"{in_utc:%Y-%m-%dT%H:%M:%SZ}") == expected
    assert convert(column("date"), aware.isoformat()) == expected.date()


TIME_HABITS = ["%d-%m-%Y %H:%M:%S", "%d-%m-%Y, %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"]


@pytest.mark.parametrize("habit", TIME_HABITS)
@given(moment=st.datetimes(datetime(1990, 1, 1), datetime(2075, 12, 31)).map(lambda m: m.replace(microsecond=0)))
def test_a_moment_without_an_offset_stays_as_written(habit: str, moment: datetime) -> None:
    written = moment.strftime(habit).replace("%Y", str(moment.year))
    assert convert(column("timestamp"), written) == moment


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("4-3-2026 9.05 uur", datetime(2026, 3, 4, 9, 5)),
        ("woensdag 4 maart 2026 om 14:05 uur", datetime(2026, 3, 4, 14, 5)),
        ("4 mrt 2026 14u05", datetime(2026, 3, 4, 14, 5)),
        ("2026-07-01T10:00:00.123456789+02:00", datetime(2026, 7, 1, 10, 0, 0, 123456)),
        ("2026-01-01T00:30:00+0000", datetime(2026, 1, 1, 1, 30)),
        ("2026-03-29T00:59:59Z", datetime(2026, 3, 29, 1, 59, 59)),
        ("2026-03-29T01:00:00Z", datetime(2026, 3, 29, 3, 0)),
        ("2026-10-25T01:00:00Z", datetime(2026, 10, 25, 2, 0)),
    ],
)
def test_moments_as_they_are_met(written: str, expected: datetime) -> None:
    assert convert(column("timestamp"), written) == expected


def test_an_iso_moment_of_late_evening_utc_is_the_next_day_in_amsterdam() -> None:
    assert convert(column("date"), "2026-12-31T23:30:00Z") == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ("04/13/2026", "maand 13 bestaat niet"),
        ("30-02-2026", "geen dag 30"),
        ("do 4 mrt 2026", "die dag is een woensdag"),
        ("1-1-55", "vier cijfers"),
        ("maart 2026", "een datum zoals 31-12-2026"),
        ("Q3 2026", "een datum zoals"),
        ("volgt in mei", "een datum zoals"),
        ("31-12", "een datum zoals"),
        ("1-2-3-2026", "een datum zoals"),
        ("3 maand 2026", "die maand bestaat niet"),
        ("1-1-0206", "tussen 1990 en 20"),
        ("31122026", "een datum zoals"),
        (46022.0, "opmaak Datum"),
        (True, "een datum zoals"),
        ([2026, 1, 1], "een datum zoals"),
    ],
)
def test_what_is_not_surely_a_date_is_refused(raw: object, says: str) -> None:
    with pytest.raises(ValueProblem, match=says):
        convert(column("date"), raw)


NO_END = [
    "31-12-9999",
    "9999-12-31",
    "9999-12-31T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-11:00",
    "9999-12-31 23:59:59",
    date(9999, 12, 31),
    datetime(9999, 12, 31, 23, 59),
    datetime(9999, 12, 31, 23, 59, tzinfo=UTC),
    date(2999, 12, 31),
]


@pytest.mark.parametrize("written", NO_END)
@pytest.mark.parametrize("kind", ["date", "timestamp"])
def test_the_day_that_means_no_end_is_no_value_of_an_end_and_a_problem_elsewhere(kind: str, written: object) -> None:
    assert convert(column(kind, name="due_at"), written) is None
    for other in (column(kind, name="due_at", required=True), column(kind, name="opened_at")):
        with pytest.raises(ValueProblem, match="onbepaald"):
            convert(other, written)


@pytest.mark.parametrize(
    "written", ["31-12-1989", "0001-01-01T00:00:00+14:00", "9998-12-31", datetime(1, 1, 1, tzinfo=UTC)]
)
@pytest.mark.parametrize("kind", ["date", "timestamp"])
def test_a_year_in_which_nothing_can_be_is_refused(kind: str, written: object) -> None:
    with pytest.raises(ValueProblem):
        convert(column(kind, name="due_at"), written)
    last = date.today().year + 50
    assert convert(column(kind, name="due_at"), f"31-12-{last}") is not None
    with pytest.raises(ValueProblem, match=f"tussen 1990 en {last}"):
        convert(column(kind, name="due_at"), f"1-1-{last + 1}")


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


OVERSIZED = [10**5000, -(10**400), "9" * 5000, "9" * 40_000, nested(100_000), {"a": nested(100_000)}, "a\ud800b", ["\udfff"], {"\ud800": "x"}, float("inf"), 1e300]  # fmt: skip


@pytest.mark.parametrize("raw", OVERSIZED, ids=lambda raw: type(raw).__name__)
@pytest.mark.parametrize("kind", ["text", "integer", "number", "date", "timestamp", "boolean", "list", "map"])
def test_a_value_that_nothing_can_hold_is_a_problem_of_its_record(kind: str, raw: Any) -> None:
    """Whatever is taken can be stored and shown; whatever is not is a ValueProblem, and no other error."""
    with suppress(ValueProblem):
        assert len(str(convert(column(kind), raw)).encode()) <= 32_767
    assert len(shown(raw).encode()) <= 800


PLANTED = "Quirijnszoon"


def expected_of(wanted: Column, written: object, dutch: bool) -> str:
    """What a refusal says was expected; empty when nothing was refused."""
    try:
        convert(wanted, written, dutch=dutch)
    except ValueProblem as problem:
        return problem.expected
    return ""


@pytest.mark.parametrize(
    "written", [f"3 {PLANTED} 2026", f"{PLANTED} 3 maart 2026", f"{PLANTED} 4-3-2026", PLANTED, f"{PLANTED}; x"]
)
def test_what_is_expected_instead_never_quotes_the_refused_value(written: str) -> None:
    columns = [column(kind) for kind in ("integer", "number", "date", "timestamp", "boolean", "map")]
    columns += [
        column("text", name="norm_id"),
        column("text", vocabulary="treatment"),
        column("list", vocabulary="treatment"),
    ]
    expected = [expected_of(wanted, written, dutch) for wanted in columns for dutch in (True, False)]
    assert len(list(filter(None, expected))) >= 10
    assert PLANTED.casefold() not in " ".join(map(str, expected)).casefold()


def dutch_number(value: int, decimals: int, thousands: str) -> str:
    sign, digits = ("-" if value < 0 else ""), f"{abs(value):0{decimals + 1}d}"
    whole, part = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    grouped = f"{int(whole):,}".replace(",", thousands)
    return f"{sign}{grouped}" + (f",{part}" if part else "")


@given(
    value=st.integers(-(10**12), 10**12),
    decimals=st.integers(0, 4),
    thousands=st.sampled_from(["", ".", " ", "\u00a0"]),
    wrap=st.sampled_from(["{}", " {} ", "€ {}", "€{}", "{} €", "EUR {}", "{}%", "{} %"]),
)
def test_a_number_written_in_any_dutch_habit_is_that_number(
    value: int, decimals: int, thousands: str, wrap: str
) -> None:
    written = wrap.format(dutch_number(value, decimals, thousands))
    assert convert(column("number"), written) == pytest.approx(value / 10**decimals, rel=1e-12)


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_stays_itself_and_machine_text_is_read_back_exactly(value: float) -> None:
    assert convert(column("number"), value) == value
    assert convert(column("number"), repr(value), dutch=False) == value


@given(value=st.integers(-(2**52), 2**52))
def test_a_whole_number_in_every_form(value: int) -> None:
    for raw in (value, float(value), str(value), dutch_number(value, 0, ".")):
        found = convert(column("integer"), raw)
        assert found == value
        assert type(found) is int


@pytest.mark.parametrize(
    ("written", "dutch", "machine"),
    [("1.234", 1234.0, 1.234), ("7.5", 7.5, 7.5), ("0.125", 0.125, 0.125), ("€ 12.500,-", 12500.0, None)],
)
def test_a_point_means_what_the_writer_means_by_it(written: str, dutch: float, machine: float | None) -> None:
    assert convert(column("number"), written) == dutch
    if machine is not None:
        assert convert(column("number"), written, dutch=False) == machine


@pytest.mark.parametrize("raw", ["1,234.5", "1.23.4", "12,5,0", "veel", "3 à 4", "1e5", True, date(2026, 1, 1)])
def test_what_is_not_surely_a_number_is_refused(raw: object) -> None:
    with pytest.raises(ValueProblem, match="getal"):
        convert(column("number"), raw)


@pytest.mark.parametrize("raw", ["1,5", 1.5, "85%", "twaalf", False])
def test_an_integer_is_never_rounded(raw: object) -> None:
    with pytest.raises(ValueProblem):
        convert(column("integer"), raw)


@pytest.mark.parametrize(
    "raw", ["Ja", "j", "X", "v", "WAAR", "yes", "True", "1", 1, 1.0, True, "✓", "☑", "ü", "ja, zie art. 4"]
)
def test_yes(raw: object) -> None:
    assert convert(column("boolean"), raw) is True
    assert convert(column("map", vocabulary="attribute"), {"Auditrecht": raw}) == {"audit_right": "yes"}


@pytest.mark.parametrize("raw", ["Nee", "n", "onwaar", "NO", "false", "0", 0, 0.0, False, "✗", "☐", "û"])
def test_no(raw: object) -> None:
    assert convert(column("boolean"), raw) is False
    assert convert(column("map", vocabulary="attribute"), {"Auditrecht": raw}) == {"audit_right": "no"}


def test_a_number_in_an_attribute_that_holds_one_is_no_yes() -> None:
    attributes = {"Zonediepte": 1, "RPO": "0", "Bewaartermijn maanden": 1}
    numbers = {"zone_depth": "1", "rpo_hours": "0", "retention_months": "1"}
    assert convert(column("map", vocabulary="attribute"), attributes) == numbers


@pytest.mark.parametrize("raw", ["deels", "misschien", 2, date(2026, 1, 1)])
def test_neither_yes_nor_no(raw: object) -> None:
    with pytest.raises(ValueProblem, match="ja of nee"):
        convert(column("boolean"), raw)


@pytest.mark.parametrize("raw", [None, "", "  ", "\u00a0", "\u200b", float("nan"), [], {}])
def test_blank_is_no_value_in_every_type(raw: object) -> None:
    assert is_blank(raw)
    for kind in ("text", "integer", "number", "date", "timestamp", "boolean", "list", "map"):
        assert convert(column(kind), raw) is None


NOTHING_FILLED_IN = [
    "-", "–", "?", "...", "n.v.t.", "NVT", "N.v.t", "onbekend", "(onbekend)", "Nog onbekend", "n.t.b.", "NTB", "tbd", "T.B.D.", "geen",
    "volgt", "Volgt nog", "Vacature", "VACANT", "totaal", "n.n.b.", "zie tekening", "Zie bijlage 3", "nader te bepalen", "pm", "null",
]  # fmt: skip


@pytest.mark.parametrize("raw", NOTHING_FILLED_IN)
def test_what_stands_where_nothing_was_filled_in_is_empty_in_every_column(raw: str) -> None:
    for kind in ("text", "integer", "number", "date", "timestamp", "boolean"):
        assert convert(column(kind), raw) is None
    assert convert(column(vocabulary="priority"), raw) is None
    assert convert(column(vocabulary="topic"), raw) is None
    assert convert(column("list", vocabulary="label"), f"getest; {raw}") == ["tested"]
    assert convert(column("map", vocabulary="attribute"), {"mfa": raw, "login": "ja"}) == {
        "mfa": None,
        "login": "yes",
    }
    assert convert(column("date"), raw, dutch=False) is None


@pytest.mark.parametrize(
    "raw", ["Geen bijzonderheden", "Zieken en gezonden", "Onbekende afzender", "Nulmeting", "Vacaturetekst", "Z", "NL"]
)
def test_a_text_that_only_looks_like_it_is_a_value(raw: str) -> None:
    assert convert(column(), raw) == raw


@pytest.mark.parametrize("raw", ["x", "X", " x "])
def test_a_cross_is_yes_where_that_is_asked_and_nothing_elsewhere(raw: str) -> None:
    attributes = column("map", vocabulary="attribute")
    assert convert(column("boolean"), raw) is True
    assert convert(attributes, {"MFA": raw, "Leverancier": raw, "Zonediepte": raw}) == {
        "mfa": "yes",
        "supplier": None,
        "zone_depth": None,
    }
    assert convert(column(), raw) is None
    assert convert(column(vocabulary="severity"), raw) is None
    assert convert(column("date"), raw) is None


def test_a_word_that_its_vocabulary_knows_is_never_nothing() -> None:
    assert convert(column(vocabulary="severity"), "none") == "info"
    assert convert(column(vocabulary="opinion"), "geen oordeel") == "disclaimer"


def test_text_is_tidied_and_numbers_lose_the_point_a_reader_gave_them() -> None:
    assert convert(column(), "  Team\u00a0 Burger\u00adzaken \r\n tweede  regel ") == "Team Burgerzaken\ntweede regel"
    assert convert(column(), 12.0) == "12"
    assert convert(column(), 2.1) == "2.1"
    assert convert(column(), datetime(2026, 3, 4)) == "2026-03-04"
    with pytest.raises(ValueProblem, match="geen lijst"):
        convert(column(), {"a": 1})


def test_a_norm_number_that_a_spreadsheet_disguised_is_refused() -> None:
    norm = kinds()["exception"].column("norm_id")
    assert convert(norm, "5.10") == "5.10"
    assert convert(norm, 5.11) == "5.11"
    assert convert(norm, 5.4) == "5.4"
    with pytest.raises(ValueProblem, match=r"5\.1 ook 5\.10"):
        convert(norm, 5.1)
    with pytest.raises(ValueProblem, match="een datum van gemaakt"):
        convert(norm, datetime(2026, 1, 5))


def every_spelling() -> list[tuple[str, str, str]]:
    return [
        (name, spelling, code)
        for name, vocabulary in vocabularies().items()
        for code, term in vocabulary.terms.items()
        for spelling in (code, term.nl, term.en, *term.synonyms)
    ]


@given(case=st.sampled_from(every_spelling()), style=st.sampled_from([str, str.upper, str.title, " {} ".format]))
def test_every_spelling_of_every_vocabulary_in_any_case_is_its_code(case: tuple[str, str, str], style: Any) -> None:
    vocabulary, spelling, code = case
    assert convert(column(vocabulary=vocabulary), style(spelling)) == code


def test_an_unknown_word_is_refused_by_a_closed_vocabulary_and_kept_by_an_open_one() -> None:
    with pytest.raises(ValueProblem) as refusal:
        convert(column(vocabulary="priority"), "spoed")
    assert str(refusal.value) == "een van: kritiek, hoog, middel, laag"
    assert convert(column(vocabulary="finding_type"), "Café-bevinding (nieuw)") == "cafe_bevinding_nieuw"
    assert convert(column(vocabulary="priority"), 1.0) == "critical"
    assert convert(column(vocabulary="attested_answer"), True) == "yes"
    assert snake("  Zéér  Nieuw! ") == "zeer_nieuw"


def test_lists_are_split_looked_up_and_lose_doubles() -> None:
    assert convert(column("list"), "oorzaakanalyse; geleerd,oorzaakanalyse;;") == ["oorzaakanalyse", "geleerd"]
    assert convert(column("list", vocabulary="severity"), "Hoog, laag") == ["high", "low"]
    assert convert(column("list"), ["a", None, 2.0]) == ["a", "2"]
    with pytest.raises(ValueProblem, match="een van: kritiek"):
        convert(column("list", vocabulary="severity"), "hoog; wisselend")


def test_maps() -> None:
    assert convert(column("map"), "eigenaar = ICT; getest=ja") == {"eigenaar": "ICT", "getest": "yes"}
    assert convert(column("map"), '{"a": 1.0, "b": null, "c": true}') == {"a": "1", "c": "yes"}
    assert convert(column("map"), {"getest_op": date(2026, 3, 4), "leeg": " "}) == {"getest_op": "2026-03-04"}
    assert convert(
        column("map"), {"a": "NEE", "b": "4-3-2026", "c": "1.2.2026", "d": "4 mrt. 2026", "e": "31-2-2026"}
    ) == {
        "a": "no",
        "b": "2026-03-04",
        "c": "1.2.2026",
        "d": "2026-03-04",
        "e": "31-2-2026",
    }
    named = column("map", vocabulary="attribute")
    assert convert(named, {"Exit-strategie": "Ja", "Eigen veld": "kast 3"}) == {
        "exit_strategy": "yes",
        "eigen_veld": "kast 3",
    }
    for raw in ("zonder teken", "{kapot", 3, "=x"):
        with pytest.raises(ValueProblem, match="naam=waarde"):
            convert(column("map"), raw)


@given(raw=st.one_of(st.text(max_size=40), st.floats(), st.integers(), st.datetimes(), st.booleans()))
def test_whatever_comes_in_it_is_a_value_or_a_problem(raw: object) -> None:
    types = {"text": str, "integer": int, "number": float, "date": date, "timestamp": datetime, "boolean": bool}
    for kind, expected in {**types, "list": list, "map": dict}.items():
        with suppress(ValueProblem):
            found = convert(column(kind), raw)
            assert found is None or type(found) is expected


@pytest.mark.parametrize("raw", ["08-01-2026", "2026-01-08", date(2026, 1, 8), datetime(2026, 1, 8)])
def test_a_day_without_a_time_never_makes_a_term_shorter(raw: object) -> None:
    """Opened it is the first moment of its day, resolved the last: 72 hours after Monday 10:00 may have passed by Thursday."""
    ticket = kinds()["ticket"]
    assert convert(ticket.column("opened_at"), raw, dutch=True) == datetime(2026, 1, 8)
    assert convert(ticket.column("resolved_at"), raw, dutch=True) == datetime(2026, 1, 8, 23, 59, 59)


def test_a_time_that_is_written_is_the_time() -> None:
    resolved_at = kinds()["ticket"].column("resolved_at")
    assert convert(resolved_at, "08-01-2026 00:00", dutch=True) == datetime(2026, 1, 8)
    assert convert(resolved_at, "2026-01-08T09:30:00+01:00", dutch=False) == datetime(2026, 1, 8, 9, 30)
