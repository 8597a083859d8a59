"""What municipalities write leads to the word they meant; what is only about a thing, or may be two, leads to none."""

from __future__ import annotations

import pytest

from models.kind import vocabularies
from models.words import Spellings, key_of_word, yes_or_no

TOPICS = vocabularies()["topic"]

SPELLINGS = {
    "backup_policy": [
        "back-upbeleid", "Back-up beleid", "backup beleid", "BACKUPBELEID", "back up beleid", "Beleid back-up", "Back‑upbeleid", "back_up_beleid",
        "Back-up- en restorebeleid", "Back-up- en herstelbeleid", "Back-up- en restorebeleid 2026 v1.2",
    ],
    "information_security_policy": [
        "ib beleid", "IB-Beleid", "Informatie­beveiligingsbeleid", "Informatie beveiligings beleid", "Strategisch informatiebeveiligingsbeleid 2024-2027",
        "Informatiebeveiligingsbeleid gemeente Duinrand 2025–2029 (vastgesteld)", "IB-beleid 2025/2029 versie 3.0 definitief", "Beleid voor informatiebeveiliging",
        "Duinrand - Informatiebeveiligingsbeleid",
    ],
    "access_policy": ["toegangs-beleid", "Toegangs beleid", "Beleid logische toegang", "Toegangsbeleid v2"],
    "cloud_policy": ["cloud beleid", "Cloud-beleid 2026", "SaaS beleid"],
    "incident_procedure": ["incident procedure", "Procedure incident", "Incidentprocedure (2026)"],
    "authentication_policy": ["MFA beleid", "wachtwoord beleid", "Wachtwoordbeleid en MFA-beleid", "wáchtwoordbeleid"],
    "crisis_management": ["crisis plan", "Crisisplan Cyber"],
    "continuity_policy": ["Continuiteitsbeleid", "continuïteits-beleid", "Bedrijfscontinuïteitsplan 2026"],
    "management_review": ["Directie beoordeling 2025", "Management-review"],
}  # fmt: skip


@pytest.mark.parametrize(("code", "name"), [(code, name) for code, names in SPELLINGS.items() for name in names])
def test_a_name_leads_to_the_topic_it_is_a_name_of(code: str, name: str) -> None:
    assert TOPICS.codes_in(name, "Gemeente Duinrand") == (code,)


PROPOSED = {
    "Opdracht evaluatie back-upbeleid": "backup_policy",
    "Concept back-upbeleid": "backup_policy",
    "Back-upbeleid (concept)": "backup_policy",
    "Plan van aanpak cloudbeleid": "cloud_policy",
    "Notitie wachtwoordbeleid": "authentication_policy",
    "Bijlage 3 toegangsbeleid": "access_policy",
    "Presentatie informatiebeveiligingsbeleid": "information_security_policy",
    "Geen back-upbeleid": "backup_policy",
    "Offerte herziening privacybeleid": "privacy_policy",
    "Evaluatie wachtwoordbeleid en MFA-beleid": "authentication_policy",
    "Informatiebeveiligingsbeleid gemeente Elders": "information_security_policy",
    "Back-upbeleid kantoorplanten": "backup_policy",
    "Informatiebeveliigingsbeleid": "information_security_policy",
}


@pytest.mark.parametrize(("name", "code"), PROPOSED.items())
def test_what_is_only_about_a_thing_is_proposed_and_never_matched(name: str, code: str) -> None:
    assert TOPICS.codes_in(name, "Gemeente Duinrand") == ()
    assert TOPICS.nearest(name) == code


def test_a_name_of_two_things_gives_both_where_both_are_known() -> None:
    assert TOPICS.codes_in("Privacybeleid en informatiebeveiligingsbeleid 2026") == (
        "privacy_policy",
        "information_security_policy",
    )
    assert TOPICS.codes_in("Privacybeleid en kantinebeleid") == ()


def test_what_looks_like_nothing_known_is_not_named() -> None:
    assert TOPICS.nearest("Kerstborrel") is None


def test_a_name_that_fits_two_words_leads_to_neither() -> None:
    spellings = Spellings([("beleid voor sleutels", "keys"), ("sleutelsbeleid", "locks")])
    assert spellings.codes_in("sleutels beleid") == ("locks",)
    assert spellings.codes_in("het beleid over sleutels 2026") == ()


def test_one_spelling_cannot_mean_two_things() -> None:
    with pytest.raises(ValueError, match="Back-Up"):
        Spellings([("backup", "a"), ("Back-Up", "b")])


def test_a_sign_without_letters_is_its_own_word() -> None:
    assert key_of_word(" ✓ ") == "✓"
    assert key_of_word("B&W") == key_of_word("b en w") == "benw"


YES = [
    "ja",
    "Ja",
    "J",
    "yes",
    "Y",
    "true",
    "WAAR",
    "1",
    "x",
    "v",
    "✓",
    "✔",
    "✔️",
    "☑",
    "ü",
    "aanwezig",
    "ja, zie art. 4",
    "Ja (zie contract)",
]
NO = ["nee", "Neen", "N", "no", "false", "onwaar", "0", "✗", "✘", "☐", "û", "niet aanwezig", "nee, zie memo"]
NEITHER = ["", "deels", "ja, maar niet alles", "ja mits", "u", "nee?!x", "2", "misschien", "ja en nee"]


@pytest.mark.parametrize(
    ("text", "answer"), [*((t, True) for t in YES), *((t, False) for t in NO), *((t, None) for t in NEITHER)]
)
def test_yes_and_no_in_every_habit(text: str, answer: bool | None) -> None:
    assert yes_or_no(text) is answer


BODIES = {
    "council": ["Raad", "de gemeenteraad", "AB", "Algemeen bestuur", "het algemeen bestuur 2026", "Provinciale Staten", "PS", "Raad gemeente Duinrand"],
    "board": [
        "College", "B. en W.", "B&W", "b en w", "BenW", "College van B&W", "College van burgemeester en wethouders", "Burgemeester en wethouders",
        "college van Duinrand", "DB", "D.B.", "dagelijks bestuur", "GS", "Gedeputeerde Staten", "Dijkgraaf en heemraden", "D&H",
        "College van dijkgraaf en heemraden",
    ],
    "mayor": ["Burgemeester", "de burgemeester", "Dijkgraaf"],
    "secretary": ["Gemeentesecretaris", "gemeentesecretaris / algemeen directeur", "Secretaris-directeur"],
    "management_team": ["MT", "Management team", "Concern MT"],
}  # fmt: skip


@pytest.mark.parametrize(("code", "name"), [(code, name) for code, names in BODIES.items() for name in names])
def test_a_body_is_known_by_its_usual_names(code: str, name: str) -> None:
    assert vocabularies()["body"].codes_in(name, "Gemeente Duinrand") == (code,)


@pytest.mark.parametrize(
    "name",
    [
        "Ondernemingsraad",
        "Adviesraad",
        "Cliëntenraad",
        "Raad van toezicht",
        "J. Jansen",
        "collega",
        "concept college",
        "Besturingsgroep",
    ],
)
def test_what_only_has_the_letters_of_a_body_is_none(name: str) -> None:
    assert vocabularies()["body"].codes_in(name, "Gemeente Duinrand") == ()


PRIORITIES = {
    "critical": [1, "1", "P1", "prio 1", "Prioriteit 1", "1 - Kritiek", "H/H", "hoog/hoog", "Kritiek", "urgent"],
    "high": [2, "P2", "Hoog", "H/M", "M/H", "2 - hoog"],
    "medium": ["3", "midden", "Middel", "gemiddeld", "M/M", "H/L", "normaal"],
    "low": [4, 5, "P5", "laag", "L/L", "M/L", "zeer laag"],
}


@pytest.mark.parametrize(("code", "word"), [(code, word) for code, words in PRIORITIES.items() for word in words])
def test_a_priority_in_every_habit(code: str, word: object) -> None:
    assert vocabularies()["priority"].codes_in(str(word)) == (code,)


def test_a_text_without_end_is_no_name() -> None:
    """To take a name apart takes the square of its length: a title of a whole cell would take seconds, and a longer one hours."""
    assert TOPICS.codes_in("x" * 1_000_000) == ()
    assert TOPICS.codes_in("Informatiebeveiligingsbeleid " + "x" * 1_000_000) == ()
