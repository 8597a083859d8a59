-- The officers' views of the present state: Dutch names, one row per thing, a comment for every view and column.
CREATE OR REPLACE VIEW main.maatregelen AS
SELECT s.organisation_id AS organisatie, s.framework_id AS normenkader, s.norm_id AS norm, n.title_nl AS titel,
    coalesce(n.parent, n.norm_id) AS beheersmaatregel, s.status, s.design AS opzet, s.existence AS bestaan,
    s.operation AS werking, s.basis AS grondslag, s.expires_on AS verloopt_op, s.tests_known AS toetsen_met_bewijs,
    s.tests AS toetsen, s.excepted_until AS uitgezonderd_tot, s.exception_reason AS reden_uitzondering,
    s.applicability_note AS opmerking_toepasselijkheid, coalesce(s.not_occurred, 0) AS toetsen_niet_voorgekomen,
    CASE s.capped_by WHEN 'finding' THEN 'ernstige open bevinding' WHEN 'attestation' THEN 'eigen verklaring' END
        AS tegengesproken_door,
    CASE s.gap WHEN 'shortfall' THEN 'tekort' WHEN 'not_read' THEN 'niet gelezen' WHEN 'not_compared' THEN 'niet vergeleken'
        WHEN 'too_weak' THEN 'te zwak bewijs' END AS soort_deels,
    CASE n.cbw_scope WHEN true THEN 'binnen' WHEN false THEN 'buiten' ELSE 'niet zeker' END AS reikwijdte_cbw
FROM assess.measure_status AS s
JOIN catalogue.norm AS n USING (framework_id, norm_id)
WHERE s.until_run_no IS NULL
ORDER BY s.organisation_id, n.norm_order;
COMMENT ON VIEW main.maatregelen IS 'Status van elke norm die getoetst wordt: overheidsmaatregelen, beheersmaatregelen zonder overheidsmaatregel en normen van andere kaders';
COMMENT ON COLUMN main.maatregelen.organisatie IS 'Organisatie';
COMMENT ON COLUMN main.maatregelen.normenkader IS 'Normenkader en versie';
COMMENT ON COLUMN main.maatregelen.norm IS 'Nummer van de norm';
COMMENT ON COLUMN main.maatregelen.titel IS 'Korte titel in eigen woorden';
COMMENT ON COLUMN main.maatregelen.beheersmaatregel IS 'Beheersmaatregel waar de norm bij hoort';
COMMENT ON COLUMN main.maatregelen.status IS 'voldoet, voldoet_deels, voldoet_niet, geen_bewijs of niet_van_toepassing';
COMMENT ON COLUMN main.maatregelen.opzet IS 'Uitkomst van de toetsen op opzet: pass, partial, fail, not_occurred of no_evidence';
COMMENT ON COLUMN main.maatregelen.bestaan IS 'Uitkomst van de toetsen op bestaan';
COMMENT ON COLUMN main.maatregelen.werking IS 'Uitkomst van de toetsen op werking';
COMMENT ON COLUMN main.maatregelen.grondslag IS 'Zwakste grondslag waar de status op rust: measured, audited, sampled, documented, declared of attested';
COMMENT ON COLUMN main.maatregelen.verloopt_op IS 'Eerste dag waarop een toets slechter wordt als er niets nieuws komt';
COMMENT ON COLUMN main.maatregelen.toetsen_met_bewijs IS 'Aantal toetsen waarvoor bewijs is';
COMMENT ON COLUMN main.maatregelen.toetsen IS 'Aantal toetsen';
COMMENT ON COLUMN main.maatregelen.uitgezonderd_tot IS 'Laatste dag van een aanvaarde afwijking';
COMMENT ON COLUMN main.maatregelen.reden_uitzondering IS 'Reden van de aanvaarde afwijking';
COMMENT ON COLUMN main.maatregelen.opmerking_toepasselijkheid IS 'Waarom een opgave "niet van toepassing" niet telt';
COMMENT ON COLUMN main.maatregelen.toetsen_niet_voorgekomen IS 'Aantal toetsen waarvoor er geen gevallen waren, wat een bron laat zien';
COMMENT ON COLUMN main.maatregelen.tegengesproken_door IS 'Wat de norm tegenspreekt, zodat zij hooguit voldoet_deels is: een ernstige open bevinding of een eigen verklaring';
COMMENT ON COLUMN main.maatregelen.soort_deels IS 'Wat er bij voldoet_deels aan scheelt: tekort, niet gelezen, niet vergeleken of te zwak bewijs; het ernstigste telt';
COMMENT ON COLUMN main.maatregelen.reikwijdte_cbw IS 'Of de norm binnen de reikwijdte van de Cyberbeveiligingswet valt: binnen, buiten of niet zeker';

CREATE OR REPLACE VIEW main.beheersmaatregelen AS
SELECT s.organisation_id AS organisatie, s.framework_id AS normenkader, s.norm_id AS norm, n.title_nl AS titel,
    n.theme AS thema, s.status, s.basis AS grondslag, s.measures_met AS maatregelen_voldoen,
    s.measures_known AS maatregelen_met_bewijs, s.measures AS maatregelen, s.expires_on AS verloopt_op,
    CASE s.gap WHEN 'shortfall' THEN 'tekort' WHEN 'not_read' THEN 'niet gelezen' WHEN 'not_compared' THEN 'niet vergeleken'
        WHEN 'too_weak' THEN 'te zwak bewijs' END AS soort_deels,
    CASE n.cbw_scope WHEN true THEN 'binnen' WHEN false THEN 'buiten' ELSE 'niet zeker' END AS reikwijdte_cbw
FROM assess.control_status AS s
JOIN catalogue.norm AS n USING (framework_id, norm_id)
WHERE s.until_run_no IS NULL
ORDER BY s.organisation_id, n.norm_order;
COMMENT ON VIEW main.beheersmaatregelen IS 'Status van de 93 beheersmaatregelen van ISO/IEC 27002:2022';
COMMENT ON COLUMN main.beheersmaatregelen.organisatie IS 'Organisatie';
COMMENT ON COLUMN main.beheersmaatregelen.normenkader IS 'Normenkader en versie';
COMMENT ON COLUMN main.beheersmaatregelen.norm IS 'Nummer van de beheersmaatregel';
COMMENT ON COLUMN main.beheersmaatregelen.titel IS 'Titel van de beheersmaatregel';
COMMENT ON COLUMN main.beheersmaatregelen.thema IS 'Thema: organizational, people, physical of technological';
COMMENT ON COLUMN main.beheersmaatregelen.status IS 'voldoet, voldoet_deels, voldoet_niet, geen_bewijs of niet_van_toepassing';
COMMENT ON COLUMN main.beheersmaatregelen.grondslag IS 'Zwakste grondslag waar de status op rust';
COMMENT ON COLUMN main.beheersmaatregelen.maatregelen_voldoen IS 'Aantal maatregelen dat voldoet';
COMMENT ON COLUMN main.beheersmaatregelen.maatregelen_met_bewijs IS 'Aantal maatregelen waarvoor bewijs is';
COMMENT ON COLUMN main.beheersmaatregelen.maatregelen IS 'Aantal maatregelen dat van toepassing is';
COMMENT ON COLUMN main.beheersmaatregelen.verloopt_op IS 'Eerste dag waarop een toets slechter wordt als er niets nieuws komt';
COMMENT ON COLUMN main.beheersmaatregelen.soort_deels IS 'Wat er bij voldoet_deels aan scheelt: tekort, niet gelezen, niet vergeleken of te zwak bewijs; het ernstigste telt';
COMMENT ON COLUMN main.beheersmaatregelen.reikwijdte_cbw IS 'Of de norm binnen de reikwijdte van de Cyberbeveiligingswet valt: binnen, buiten of niet zeker';

CREATE OR REPLACE VIEW main.principes AS
SELECT s.organisation_id AS organisatie, s.framework_id AS normenkader, s.principle_id AS nummer,
    n.title_nl AS titel, s.status, s.score, s.coverage AS dekking, s.indicators_known AS indicatoren_bekend,
    s.indicators AS indicatoren, s.controls_known AS beheersmaatregelen_bekend, s.controls AS beheersmaatregelen
FROM assess.principle_status AS s
JOIN catalogue.norm AS n ON n.framework_id = s.framework_id AND n.norm_id = s.principle_id
WHERE s.until_run_no IS NULL
ORDER BY s.organisation_id, n.norm_order;
COMMENT ON VIEW main.principes IS 'Status van de 10 principes voor informatiebeveiliging voor bestuurders';
COMMENT ON COLUMN main.principes.organisatie IS 'Organisatie';
COMMENT ON COLUMN main.principes.normenkader IS 'Normenkader en versie';
COMMENT ON COLUMN main.principes.nummer IS 'Nummer van het principe';
COMMENT ON COLUMN main.principes.titel IS 'Titel van het principe';
COMMENT ON COLUMN main.principes.status IS 'groen, oranje, rood of onbekend';
COMMENT ON COLUMN main.principes.score IS 'Gewogen score tussen 0 en 1 over wat bekend is';
COMMENT ON COLUMN main.principes.dekking IS 'Deel van het gewicht dat bekend is, tussen 0 en 1';
COMMENT ON COLUMN main.principes.indicatoren_bekend IS 'Aantal indicatoren met een waarde';
COMMENT ON COLUMN main.principes.indicatoren IS 'Aantal indicatoren';
COMMENT ON COLUMN main.principes.beheersmaatregelen_bekend IS 'Aantal gekoppelde beheersmaatregelen met bewijs';
COMMENT ON COLUMN main.principes.beheersmaatregelen IS 'Aantal gekoppelde beheersmaatregelen';

CREATE OR REPLACE VIEW main.indicatoren AS
SELECT v.organisation_id AS organisatie, v.principle_id AS principe, v.indicator_id AS indicator,
    i.name_nl AS naam, v.colour AS kleur, v.value AS waarde, i.unit AS eenheid, v.numerator AS teller,
    v.denominator AS noemer, i.green AS groen_vanaf, i.amber AS oranje_vanaf, i.better AS beter, i.is_key AS sleutel,
    i.override_reason AS reden_eigen_drempel
FROM assess.indicator_value AS v
JOIN catalogue.indicator AS i USING (framework_id, indicator_id)
WHERE v.until_run_no IS NULL
ORDER BY v.organisation_id, i.indicator_order;
COMMENT ON VIEW main.indicatoren IS 'Waarde en kleur van elke indicator van de 10 principes';
COMMENT ON COLUMN main.indicatoren.organisatie IS 'Organisatie';
COMMENT ON COLUMN main.indicatoren.principe IS 'Nummer van het principe';
COMMENT ON COLUMN main.indicatoren.indicator IS 'Nummer van de indicator';
COMMENT ON COLUMN main.indicatoren.naam IS 'Naam van de indicator';
COMMENT ON COLUMN main.indicatoren.kleur IS 'groen, oranje, rood of onbekend';
COMMENT ON COLUMN main.indicatoren.waarde IS 'Waarde in de eenheid van de indicator';
COMMENT ON COLUMN main.indicatoren.eenheid IS 'Eenheid';
COMMENT ON COLUMN main.indicatoren.teller IS 'Teller';
COMMENT ON COLUMN main.indicatoren.noemer IS 'Noemer';
COMMENT ON COLUMN main.indicatoren.groen_vanaf IS 'Grens voor groen';
COMMENT ON COLUMN main.indicatoren.oranje_vanaf IS 'Grens voor oranje';
COMMENT ON COLUMN main.indicatoren.beter IS 'higher: hoger is beter; lower: lager is beter';
COMMENT ON COLUMN main.indicatoren.sleutel IS 'Of een rode waarde het principe rood maakt';
COMMENT ON COLUMN main.indicatoren.reden_eigen_drempel IS 'Reden waarom de organisatie een eigen drempel heeft; leeg als die er niet is';

CREATE OR REPLACE VIEW main.toetsen AS
SELECT r.organisation_id AS organisatie, r.framework_id AS normenkader, r.norm_id AS norm, r.test_id AS toets,
    r.aspect, list_contains((SELECT from_json(cycle_aspects, '["VARCHAR"]') FROM ops.run WHERE state IN ('ok', 'degraded')
        ORDER BY run_no DESC LIMIT 1), r.aspect) AND t.beyond_norm IS NOT true AND o.any_of IS NULL AS telt_mee,
    t.any_of AS een_van, t.sentence_nl AS omschrijving, t.looked_at_nl AS gekeken_naar, t.criterion_nl AS maatstaf,
    t.override_reason AS reden_eigen_drempel, t.test_type AS soort_toets, r.result AS uitkomst, r.reason AS reden,
    r.metric AS waarde, r.numerator AS teller, r.denominator AS noemer, r.basis AS grondslag,
    r.expires_on AS verloopt_op, r.selected AS bekeken_regels, r.evidence_kind AS soort_bewijs,
    r.evidence_ids AS bewijsnummers
FROM assess.test_result AS r
JOIN catalogue.test AS t ON t.framework_id = r.framework_id AND t.test_id = r.test_id AND t.purpose = r.purpose
LEFT JOIN reading.outdone_test AS o ON o.organisation_id = r.organisation_id AND o.framework_id = r.framework_id
    AND o.test_id = r.test_id
WHERE r.until_run_no IS NULL AND r.purpose = 'norm';
COMMENT ON VIEW main.toetsen IS 'Uitkomst van elke toets, met de bewijsregels waar die op rust';
COMMENT ON COLUMN main.toetsen.organisatie IS 'Organisatie';
COMMENT ON COLUMN main.toetsen.normenkader IS 'Normenkader en versie';
COMMENT ON COLUMN main.toetsen.norm IS 'Nummer van de norm';
COMMENT ON COLUMN main.toetsen.toets IS 'Naam van de toets';
COMMENT ON COLUMN main.toetsen.aspect IS 'design (opzet), existence (bestaan) of operation (werking)';
COMMENT ON COLUMN main.toetsen.telt_mee IS 'Of de toets meetelt voor de status van de norm: het aspect telt mee (cycle.aspects in ensia.yaml), de norm vraagt ernaar, en geen andere toets van de groep is beter';
COMMENT ON COLUMN main.toetsen.een_van IS 'Naam van de groep toetsen van deze norm en dit aspect waarvan de beste telt; leeg als de toets op zichzelf staat';
COMMENT ON COLUMN main.toetsen.omschrijving IS 'Wat de toets nagaat';
COMMENT ON COLUMN main.toetsen.gekeken_naar IS 'Soort bewijs waar de toets naar kijkt';
COMMENT ON COLUMN main.toetsen.maatstaf IS 'Vanaf wanneer de toets goed of deels is';
COMMENT ON COLUMN main.toetsen.reden_eigen_drempel IS 'Reden waarom de organisatie een eigen drempel heeft; leeg als die er niet is';
COMMENT ON COLUMN main.toetsen.soort_toets IS 'Soort toets';
COMMENT ON COLUMN main.toetsen.uitkomst IS 'pass, partial, fail, not_occurred (geen gevallen) of no_evidence';
COMMENT ON COLUMN main.toetsen.reden IS 'Code die zegt waarom';
COMMENT ON COLUMN main.toetsen.waarde IS 'Gemeten waarde';
COMMENT ON COLUMN main.toetsen.teller IS 'Teller';
COMMENT ON COLUMN main.toetsen.noemer IS 'Noemer';
COMMENT ON COLUMN main.toetsen.grondslag IS 'measured, audited, documented of attested';
COMMENT ON COLUMN main.toetsen.verloopt_op IS 'Eerste dag waarop de uitkomst slechter wordt als er niets nieuws komt';
COMMENT ON COLUMN main.toetsen.bekeken_regels IS 'Aantal bewijsregels dat de toets bekeek';
COMMENT ON COLUMN main.toetsen.soort_bewijs IS 'Soort bewijs van de genoemde bewijsregels';
COMMENT ON COLUMN main.toetsen.bewijsnummers IS 'Nummers van de bewijsregels die de doorslag gaven';

CREATE OR REPLACE VIEW main.eisen AS
SELECT framework_id AS normenkader, norm_id AS norm, demand_id AS eis, part AS plaats, text_nl AS omschrijving,
    text_en AS omschrijving_engels, own_reading AS eigen_lezing, test_ids AS toetsen, strongest AS sterkste_grondslag,
    needs_a_person AS alleen_door_een_mens
FROM reading.demand
ORDER BY demand_order;
COMMENT ON VIEW main.eisen IS 'Wat elke norm eist, in eigen woorden, en welke toetsen het bewijzen';
COMMENT ON COLUMN main.eisen.normenkader IS 'Normenkader en versie';
COMMENT ON COLUMN main.eisen.norm IS 'Nummer van de norm';
COMMENT ON COLUMN main.eisen.eis IS 'Letter of naam van de eis binnen de norm';
COMMENT ON COLUMN main.eisen.plaats IS 'Plaats in de tekst van de norm, zoals lid 1';
COMMENT ON COLUMN main.eisen.omschrijving IS 'Wat de norm daar vraagt, in eigen woorden';
COMMENT ON COLUMN main.eisen.omschrijving_engels IS 'Hetzelfde in het Engels';
COMMENT ON COLUMN main.eisen.eigen_lezing IS 'Of de eis een eigen lezing is die niet aan de tekst van de norm is getoetst';
COMMENT ON COLUMN main.eisen.toetsen IS 'Namen van de toetsen die de eis bewijzen, zie de tabel toetsen';
COMMENT ON COLUMN main.eisen.sterkste_grondslag IS 'Sterkste grondslag waarop de eis te bewijzen is; leeg als geen toets haar bewijst';
COMMENT ON COLUMN main.eisen.alleen_door_een_mens IS 'Of elke toets van de eis rust op het oordeel van een mens: een lezing, een steekproef of een verklaring';

CREATE OR REPLACE VIEW main.antwoorden AS
SELECT a.organisation_id AS organisatie, a.questionnaire_id AS vragenlijst, a.question_id AS vraag, q.text_nl AS tekst,
    a.answer AS antwoord, a.status, a.basis AS grondslag, a.norms_known AS normen_met_bewijs, a.norms AS normen,
    a.expires_on AS verloopt_op
FROM assess.answer AS a
JOIN catalogue.question AS q USING (questionnaire_id, question_id)
WHERE a.until_run_no IS NULL
ORDER BY a.organisation_id, a.questionnaire_id, q.question_order;
COMMENT ON VIEW main.antwoorden IS 'Voorstel voor het antwoord op elke vraag van de zelfevaluatie';
COMMENT ON COLUMN main.antwoorden.organisatie IS 'Organisatie';
COMMENT ON COLUMN main.antwoorden.vragenlijst IS 'Vragenlijst';
COMMENT ON COLUMN main.antwoorden.vraag IS 'Nummer van de vraag';
COMMENT ON COLUMN main.antwoorden.tekst IS 'De vraag';
COMMENT ON COLUMN main.antwoorden.antwoord IS 'Voorgesteld antwoord; leeg als er geen bewijs is';
COMMENT ON COLUMN main.antwoorden.status IS 'Status van de normen van de vraag samen';
COMMENT ON COLUMN main.antwoorden.grondslag IS 'Zwakste grondslag waar het antwoord op rust';
COMMENT ON COLUMN main.antwoorden.normen_met_bewijs IS 'Aantal normen met bewijs';
COMMENT ON COLUMN main.antwoorden.normen IS 'Aantal normen van de vraag dat van toepassing is';
COMMENT ON COLUMN main.antwoorden.verloopt_op IS 'Eerste dag waarop een toets slechter wordt als er niets nieuws komt';

CREATE OR REPLACE VIEW main.populaties AS
SELECT organisation_id AS organisatie, name_nl AS populatie, listed AS op_de_lijst, listed_and_seen AS daarvan_elders_gezien,
    unlisted AS alleen_elders_gezien, outsiders AS hoort_niet_op_de_lijst, counted AS geteld, counted_on AS geteld_op
FROM reading.population_summary
ORDER BY organisatie, populatie;
COMMENT ON VIEW main.populaties IS 'Hoe volledig elke lijst is: wat erop staat naast wat elders is gezien of geteld';
COMMENT ON COLUMN main.populaties.organisatie IS 'Organisatie';
COMMENT ON COLUMN main.populaties.populatie IS 'Naam van de populatie';
COMMENT ON COLUMN main.populaties.op_de_lijst IS 'Hoeveel er op de lijst staan';
COMMENT ON COLUMN main.populaties.daarvan_elders_gezien IS 'Hoeveel daarvan ook elders zijn gezien';
COMMENT ON COLUMN main.populaties.alleen_elders_gezien IS 'Hoeveel er elders zijn gezien en op de lijst ontbreken';
COMMENT ON COLUMN main.populaties.hoort_niet_op_de_lijst IS 'Hoeveel er elders zijn gezien en volgens uw organisatie niet op de lijst horen';
COMMENT ON COLUMN main.populaties.geteld IS 'Hoeveel er volgens een telling zijn';
COMMENT ON COLUMN main.populaties.geteld_op IS 'Dag van de telling';

CREATE OR REPLACE VIEW main.populatie_leden AS
SELECT organisation_id AS organisatie, name_nl AS populatie, name AS naam, is_listed AS op_de_lijst, seen_in_nl AS gezien_in
FROM reading.population_member
ORDER BY organisatie, populatie, naam;
COMMENT ON VIEW main.populatie_leden IS 'Elk lid van een populatie: of het op de lijst staat en waar het verder is gezien; personen staan er niet in';
COMMENT ON COLUMN main.populatie_leden.organisatie IS 'Organisatie';
COMMENT ON COLUMN main.populatie_leden.populatie IS 'Naam van de populatie';
COMMENT ON COLUMN main.populatie_leden.naam IS 'Naam van het lid, in kleine letters';
COMMENT ON COLUMN main.populatie_leden.op_de_lijst IS 'Of het op de lijst staat';
COMMENT ON COLUMN main.populatie_leden.gezien_in IS 'In welke soorten bewijs het verder is gezien; leeg als nergens';

CREATE OR REPLACE VIEW main.volwassenheid AS
WITH rank(word, place) AS (
    VALUES ('partial', 1), ('pass', 2), ('voldoet_deels', 1), ('voldoet', 2)
), present AS (
    SELECT s.*, n.aspects, n.title_nl, n.norm_order
    FROM assess.measure_status AS s
    JOIN catalogue.norm AS n USING (framework_id, norm_id)
    WHERE s.until_run_no IS NULL
), need AS (
    -- an aspect that the norm does not ask needs nothing
    SELECT p.organisation_id, p.framework_id, p.norm_id, m.level, m.name_nl,
        CASE m.what WHEN 'any' THEN [p.design, p.existence, p.operation] WHEN 'design' THEN [p.design]
            WHEN 'existence' THEN [p.existence] WHEN 'operation' THEN [p.operation]
            ELSE [CASE WHEN m.of_norm IS NULL THEN p.status ELSE o.status END] END AS words,
        m.at_least, m.what IN ('design', 'existence', 'operation') AND coalesce(NOT list_contains(p.aspects, m.what), false)
            AS is_not_asked
    FROM present AS p
    JOIN catalogue.maturity AS m USING (framework_id)
    LEFT JOIN present AS o ON o.organisation_id = p.organisation_id AND o.framework_id = p.framework_id AND o.norm_id = m.of_norm
    WHERE p.status <> 'niet_van_toepassing'
), met AS (
    SELECT organisation_id, framework_id, norm_id, level, any_value(name_nl) AS name_nl, bool_and(is_not_asked OR coalesce(
        (SELECT max(place) FROM rank WHERE list_contains(need.words, word))
        >= (SELECT place FROM rank WHERE word = need.at_least), false)) AS is_met
    FROM need
    GROUP BY organisation_id, framework_id, norm_id, level
), reached AS (
    -- no level without what the one below needs
    SELECT organisation_id, framework_id, norm_id, coalesce(min(level) FILTER (NOT is_met) - 1, max(level)) AS level
    FROM met
    GROUP BY organisation_id, framework_id, norm_id
)
SELECT r.organisation_id AS organisatie, r.framework_id AS normenkader, r.norm_id AS norm, p.title_nl AS titel, p.status,
    r.level AS niveau, coalesce(m.name_nl, 'niets te zien') AS naam, x.name_nl AS volgende
FROM reached AS r
JOIN present AS p USING (organisation_id, framework_id, norm_id)
LEFT JOIN met AS m ON m.organisation_id = r.organisation_id AND m.framework_id = r.framework_id AND m.norm_id = r.norm_id
    AND m.level = r.level
LEFT JOIN met AS x ON x.organisation_id = r.organisation_id AND x.framework_id = r.framework_id AND x.norm_id = r.norm_id
    AND x.level = r.level + 1
ORDER BY r.organisation_id, p.norm_order;
COMMENT ON VIEW main.volwassenheid IS 'Hoe volwassen elke norm is, in een kader dat niveaus kent: berekend uit hetzelfde bewijs als de status';
COMMENT ON COLUMN main.volwassenheid.organisatie IS 'Organisatie';
COMMENT ON COLUMN main.volwassenheid.normenkader IS 'Normenkader en versie';
COMMENT ON COLUMN main.volwassenheid.norm IS 'Nummer van de norm';
COMMENT ON COLUMN main.volwassenheid.titel IS 'Korte titel in eigen woorden';
COMMENT ON COLUMN main.volwassenheid.status IS 'voldoet, voldoet_deels, voldoet_niet of geen_bewijs';
COMMENT ON COLUMN main.volwassenheid.niveau IS 'Het niveau van 0 tot en met 5; een niveau telt alleen als alle niveaus eronder zijn bewezen';
COMMENT ON COLUMN main.volwassenheid.naam IS 'Naam van het niveau';
COMMENT ON COLUMN main.volwassenheid.volgende IS 'Naam van het niveau dat nog niet is bewezen; leeg op het hoogste';
