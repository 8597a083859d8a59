-- The officers' views of all municipalities together: Dutch names, a comment for every view and column.
CREATE VIEW main.deelnemers AS
SELECT organisation_id AS organisatie, name AS naam, as_of AS beoordeeld_per,
    CASE standing WHEN 'current' THEN 'actueel' WHEN 'stale' THEN 'verouderd' WHEN 'other_rules' THEN 'andere regels'
        ELSE 'ontbreekt' END AS stand
FROM nation.participant ORDER BY organisation_id;
COMMENT ON VIEW main.deelnemers IS 'Elke gemeente die mee hoort te doen; alleen wie actueel is telt mee in de groepen';
COMMENT ON COLUMN main.deelnemers.organisatie IS 'Gemeente';
COMMENT ON COLUMN main.deelnemers.naam IS 'Naam; leeg als er nooit iets van haar is gezien';
COMMENT ON COLUMN main.deelnemers.beoordeeld_per IS 'Dag van haar laatste nacht';
COMMENT ON COLUMN main.deelnemers.stand IS 'actueel, verouderd (te lang geen nacht), andere regels (beoordeeld met een andere versie) of ontbreekt';

CREATE VIEW main.groepen AS
SELECT group_name AS groep, members AS gemeenten, counted AS tellen_mee, stale AS verouderd,
    other_rules AS andere_regels, missing AS ontbreken, shown AS getoond
FROM nation.group_size ORDER BY group_name;
COMMENT ON VIEW main.groepen IS 'De groepen waarmee vergeleken wordt, en of zij groot genoeg zijn om te tonen';
COMMENT ON COLUMN main.groepen.groep IS 'Naam van de groep; allen is iedereen';
COMMENT ON COLUMN main.groepen.gemeenten IS 'Aantal gemeenten dat erin hoort';
COMMENT ON COLUMN main.groepen.tellen_mee IS 'Aantal gemeenten waarvan de stand actueel is';
COMMENT ON COLUMN main.groepen.verouderd IS 'Aantal gemeenten dat te lang geen nacht had';
COMMENT ON COLUMN main.groepen.andere_regels IS 'Aantal gemeenten dat met een andere versie van de regels is beoordeeld';
COMMENT ON COLUMN main.groepen.ontbreken IS 'Aantal gemeenten waarvan niets te zien is';
COMMENT ON COLUMN main.groepen.getoond IS 'Of de groep getoond wordt: zij is groot genoeg, en verraadt ook door aftrekken niemand';

CREATE VIEW main.groep_statussen AS
SELECT c.group_name AS groep, c.level AS niveau, c.framework_id AS normenkader, c.norm_id AS norm, n.title_nl AS titel, c.status,
    c.number AS gemeenten, c.number / g.counted AS aandeel, g.counted AS van, g.members - g.counted AS niet_meegeteld
FROM nation.status_count AS c
JOIN nation.group_size AS g USING (group_name)
JOIN catalogue.norm AS n USING (framework_id, norm_id)
ORDER BY c.group_name, c.level, n.norm_order, c.status;
COMMENT ON VIEW main.groep_statussen IS 'Hoeveel gemeenten van een groep elke status hebben; alleen van groepen die groot genoeg zijn';
COMMENT ON COLUMN main.groep_statussen.groep IS 'Naam van de groep';
COMMENT ON COLUMN main.groep_statussen.niveau IS 'control (beheersmaatregel), measure (norm die getoetst wordt) of principle (principe)';
COMMENT ON COLUMN main.groep_statussen.normenkader IS 'Normenkader en versie';
COMMENT ON COLUMN main.groep_statussen.norm IS 'Nummer van de norm';
COMMENT ON COLUMN main.groep_statussen.titel IS 'Titel van de norm';
COMMENT ON COLUMN main.groep_statussen.status IS 'De status';
COMMENT ON COLUMN main.groep_statussen.gemeenten IS 'Aantal gemeenten met deze status';
COMMENT ON COLUMN main.groep_statussen.aandeel IS 'Deel van de gemeenten die meetellen, tussen 0 en 1';
COMMENT ON COLUMN main.groep_statussen.van IS 'Aantal gemeenten dat meetelt';
COMMENT ON COLUMN main.groep_statussen.niet_meegeteld IS 'Aantal gemeenten dat ontbreekt, verouderd is of met andere regels is beoordeeld';

CREATE VIEW main.vergelijking AS
SELECT s.organisation_id AS organisatie, m.group_name AS groep, s.level AS niveau, s.framework_id AS normenkader, s.norm_id AS norm,
    n.title_nl AS titel, s.status, coalesce(same.number, 0) / g.counted AS aandeel_met_deze_status,
    coalesce(good.number, 0) / g.counted AS aandeel_op_orde, g.counted AS van
FROM nation.status AS s
JOIN nation.member AS m USING (organisation_id)
JOIN nation.group_size AS g ON g.group_name = m.group_name AND g.shown
JOIN catalogue.norm AS n USING (framework_id, norm_id)
LEFT JOIN nation.status_count AS same ON same.group_name = m.group_name AND same.level = s.level
    AND same.framework_id = s.framework_id AND same.norm_id = s.norm_id AND same.status = s.status
LEFT JOIN nation.status_count AS good ON good.group_name = m.group_name AND good.level = s.level
    AND good.framework_id = s.framework_id AND good.norm_id = s.norm_id AND good.status IN ('voldoet', 'groen')
ORDER BY s.organisation_id, m.group_name, s.level, n.norm_order;
COMMENT ON VIEW main.vergelijking IS 'Een gemeente naast haar groepen, per norm; alleen van groepen die groot genoeg zijn';
COMMENT ON COLUMN main.vergelijking.organisatie IS 'Gemeente';
COMMENT ON COLUMN main.vergelijking.groep IS 'Groep waar zij in zit';
COMMENT ON COLUMN main.vergelijking.niveau IS 'control (beheersmaatregel), measure (norm die getoetst wordt) of principle (principe)';
COMMENT ON COLUMN main.vergelijking.normenkader IS 'Normenkader en versie';
COMMENT ON COLUMN main.vergelijking.norm IS 'Nummer van de norm';
COMMENT ON COLUMN main.vergelijking.titel IS 'Titel van de norm';
COMMENT ON COLUMN main.vergelijking.status IS 'Haar status';
COMMENT ON COLUMN main.vergelijking.aandeel_met_deze_status IS 'Deel van de groep met dezelfde status, tussen 0 en 1';
COMMENT ON COLUMN main.vergelijking.aandeel_op_orde IS 'Deel van de groep dat voldoet of groen is, tussen 0 en 1';
COMMENT ON COLUMN main.vergelijking.van IS 'Aantal gemeenten van de groep dat meetelt';
