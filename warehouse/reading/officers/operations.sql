-- The officers' views of what the nightly run did.
CREATE OR REPLACE VIEW main.runs AS
SELECT run_no AS run, run_id AS kenmerk, as_of AS beoordeeld_per, state AS uitkomst, reason AS reden,
    amsterdam_time(started_at) AS begonnen_op,
    amsterdam_time(finished_at) AS klaar_op
FROM ops.run ORDER BY run_no DESC;
COMMENT ON VIEW main.runs IS 'Elke nachtelijke run';
COMMENT ON COLUMN main.runs.run IS 'Volgnummer';
COMMENT ON COLUMN main.runs.kenmerk IS 'Kenmerk van de run';
COMMENT ON COLUMN main.runs.beoordeeld_per IS 'Dag waarover de run gaat';
COMMENT ON COLUMN main.runs.uitkomst IS 'ok, degraded (een bron werkte niet), failed, aborted of running';
COMMENT ON COLUMN main.runs.reden IS 'Waarom de uitkomst zo is';
COMMENT ON COLUMN main.runs.begonnen_op IS 'Begin, Nederlandse tijd';
COMMENT ON COLUMN main.runs.klaar_op IS 'Einde, Nederlandse tijd';

-- What the newest reading of a source did not let in: one row per rejected row, with its reasons. Their number stands in
-- ops.source_run, counted when they were kept out; every output tells that one.
-- grain: one row per rejected row of a source; key: organisatie, bron, soort_bewijs, sleutel, bestand, blad, rij, adres
CREATE OR REPLACE VIEW main.afgekeurde_regels AS
SELECT q.organisation_id AS organisatie, q.source_id AS bron, q.kind AS soort_bewijs, q.locator.file AS bestand,
    q.locator.sheet AS blad, q.locator."row" AS rij, q.locator.address AS adres, q.record_key AS sleutel,
    count(*) AS redenen, string_agg(concat_ws(': ', q.column_name, q.expected), '; ' ORDER BY q.column_name, q.expected) AS waarom
FROM ops.quarantine AS q
JOIN (SELECT organisation_id, source_id, max_by(run_id, recorded_at) AS run_id FROM ops.source_run GROUP BY ALL) AS last
    USING (organisation_id, source_id, run_id)
GROUP BY q.organisation_id, q.source_id, q.kind, q.locator, q.record_key, q.record
ORDER BY ALL;
COMMENT ON VIEW main.afgekeurde_regels IS 'Regels die bij de laatste lezing van een bron niet mee mochten; een regel kan meer redenen hebben';
COMMENT ON COLUMN main.afgekeurde_regels.organisatie IS 'Organisatie';
COMMENT ON COLUMN main.afgekeurde_regels.bron IS 'Bron';
COMMENT ON COLUMN main.afgekeurde_regels.soort_bewijs IS 'Soort bewijs';
COMMENT ON COLUMN main.afgekeurde_regels.bestand IS 'Bestand';
COMMENT ON COLUMN main.afgekeurde_regels.blad IS 'Werkblad';
COMMENT ON COLUMN main.afgekeurde_regels.rij IS 'Rijnummer zoals Excel het toont';
COMMENT ON COLUMN main.afgekeurde_regels.adres IS 'Adres in de bron';
COMMENT ON COLUMN main.afgekeurde_regels.sleutel IS 'Sleutel van de regel; leeg als die niet te lezen was';
COMMENT ON COLUMN main.afgekeurde_regels.redenen IS 'Aantal redenen waarom de regel is afgekeurd; elke reden staat in quarantaine';
COMMENT ON COLUMN main.afgekeurde_regels.waarom IS 'Elke reden: de kolom en wat er verwacht werd';

CREATE OR REPLACE VIEW main.bronnen AS
SELECT s.organisation_id AS organisatie, s.source_id AS bron, s.title AS titel, s.connector, s.status AS uitkomst, s.reason AS reden,
    s.as_of AS beoordeeld_per, s.records AS regels, s.stored AS nieuw, s.unchanged AS ongewijzigd, s.retired AS vervallen,
    s.rejected AS afgekeurde_regels, coalesce(r.reasons, 0) AS redenen, s.status = 'degraded' AS tegengehouden,
    amsterdam_time(s.delivered_at) AS levering_van, s.fresh_until AS vers_tot_en_met
FROM (
    FROM ops.source_run
    QUALIFY row_number() OVER (PARTITION BY organisation_id, source_id ORDER BY recorded_at DESC) = 1
) AS s
LEFT JOIN (
    SELECT organisation_id, source_id, run_id, count(*) AS reasons
    FROM ops.quarantine
    GROUP BY ALL
) AS r USING (organisation_id, source_id, run_id)
ORDER BY s.organisation_id, s.source_id;
COMMENT ON VIEW main.bronnen IS 'De laatste keer dat elke bron is gelezen';
COMMENT ON COLUMN main.bronnen.organisatie IS 'Organisatie';
COMMENT ON COLUMN main.bronnen.bron IS 'Naam van de bron in ensia.yaml';
COMMENT ON COLUMN main.bronnen.titel IS 'Titel van de bron';
COMMENT ON COLUMN main.bronnen.connector IS 'Soort koppeling';
COMMENT ON COLUMN main.bronnen.uitkomst IS 'ok, degraded (tegengehouden) of failed (niet gelezen)';
COMMENT ON COLUMN main.bronnen.reden IS 'Waarom de uitkomst zo is';
COMMENT ON COLUMN main.bronnen.beoordeeld_per IS 'Dag waarover is gelezen';
COMMENT ON COLUMN main.bronnen.regels IS 'Aantal gelezen regels';
COMMENT ON COLUMN main.bronnen.nieuw IS 'Aantal nieuwe of gewijzigde regels';
COMMENT ON COLUMN main.bronnen.ongewijzigd IS 'Aantal ongewijzigde regels';
COMMENT ON COLUMN main.bronnen.vervallen IS 'Aantal regels dat niet meer in de bron staat';
COMMENT ON COLUMN main.bronnen.afgekeurde_regels IS 'Aantal regels dat niet mee mocht';
COMMENT ON COLUMN main.bronnen.redenen IS 'Aantal redenen waarom regels zijn afgekeurd; een regel kan er meer hebben';
COMMENT ON COLUMN main.bronnen.tegengehouden IS 'Of de hele levering is tegengehouden: er is dan niets van bewaard';
COMMENT ON COLUMN main.bronnen.levering_van IS 'Van welk moment de levering is: het antwoord van een systeem, het einde van een scan, of het bestand; niet de lezing';
COMMENT ON COLUMN main.bronnen.vers_tot_en_met IS 'Laatste dag waarop deze levering als vers telt';

CREATE OR REPLACE VIEW main.bron_opmerkingen AS
SELECT organisation_id AS organisatie, source_id AS bron, place_nl AS plaats, text_nl AS opmerking, number AS aantal, word AS soort
FROM reading.present_remark
ORDER BY organisation_id, source_id, sequence;
COMMENT ON VIEW main.bron_opmerkingen IS 'Wat bij de laatste lezing van een bron is samengevoegd, weggelaten of overgeslagen, of niet te zien was';
COMMENT ON COLUMN main.bron_opmerkingen.organisatie IS 'Organisatie';
COMMENT ON COLUMN main.bron_opmerkingen.bron IS 'Bron';
COMMENT ON COLUMN main.bron_opmerkingen.plaats IS 'Bestand, blad of deel van de bron waar het om gaat; leeg is de hele bron';
COMMENT ON COLUMN main.bron_opmerkingen.opmerking IS 'Wat er is gedaan of niet te zien was';
COMMENT ON COLUMN main.bron_opmerkingen.aantal IS 'Hoe vaak';
COMMENT ON COLUMN main.bron_opmerkingen.soort IS 'Vast woord voor dit soort opmerking';

CREATE OR REPLACE VIEW main.onbekende_waarden AS
SELECT u.organisation_id AS organisatie, u.source_id AS bron, u.kind AS soort_bewijs, u.locator.file AS bestand,
    u.locator.sheet AS blad, u.locator."row" AS rij, u.locator.address AS adres, u.column_name AS kolom, u.value AS waarde,
    u.expected AS verwacht, u.expectation AS regel, u.record_key AS sleutel
FROM ops.unknown_value AS u
JOIN (SELECT organisation_id, source_id, max_by(run_id, recorded_at) AS run_id FROM ops.source_run GROUP BY ALL) AS last
    USING (organisation_id, source_id, run_id)
ORDER BY ALL;
COMMENT ON VIEW main.onbekende_waarden IS 'Waarden van de laatste lezing die niet zijn over te nemen, of niet bij andere passen: de regel telt mee, deze waarde is onbekend';
COMMENT ON COLUMN main.onbekende_waarden.organisatie IS 'Organisatie';
COMMENT ON COLUMN main.onbekende_waarden.bron IS 'Bron';
COMMENT ON COLUMN main.onbekende_waarden.soort_bewijs IS 'Soort bewijs';
COMMENT ON COLUMN main.onbekende_waarden.bestand IS 'Bestand';
COMMENT ON COLUMN main.onbekende_waarden.blad IS 'Werkblad';
COMMENT ON COLUMN main.onbekende_waarden.rij IS 'Rijnummer zoals Excel het toont';
COMMENT ON COLUMN main.onbekende_waarden.adres IS 'Adres in de bron';
COMMENT ON COLUMN main.onbekende_waarden.kolom IS 'Kolom';
COMMENT ON COLUMN main.onbekende_waarden.waarde IS 'Wat er stond';
COMMENT ON COLUMN main.onbekende_waarden.verwacht IS 'Wat er verwacht werd';
COMMENT ON COLUMN main.onbekende_waarden.regel IS 'Naam van de verwachting';
COMMENT ON COLUMN main.onbekende_waarden.sleutel IS 'Sleutel van de regel';

CREATE OR REPLACE VIEW main.onbekende_woorden AS
SELECT organisation_id AS organisatie, source_id AS bron, kind AS soort_bewijs, column_name AS kolom, word AS woord, times AS aantal,
    nullif(nearest, '') AS lijkt_op, field AS veld
FROM reading.present_unknown_word
ORDER BY organisation_id, source_id, kind, column_name, times DESC, word;
COMMENT ON VIEW main.onbekende_woorden IS 'Woorden van bronnen die in geen woordenlijst staan: ze tellen nergens voor mee, tot bij words in ensia.yaml staat wat ze betekenen';
COMMENT ON COLUMN main.onbekende_woorden.organisatie IS 'Organisatie';
COMMENT ON COLUMN main.onbekende_woorden.bron IS 'Bron';
COMMENT ON COLUMN main.onbekende_woorden.soort_bewijs IS 'Soort bewijs';
COMMENT ON COLUMN main.onbekende_woorden.kolom IS 'Kolom zoals de bron die noemt';
COMMENT ON COLUMN main.onbekende_woorden.woord IS 'Het woord zoals het er staat';
COMMENT ON COLUMN main.onbekende_woorden.aantal IS 'Hoe vaak het in de laatste levering staat';
COMMENT ON COLUMN main.onbekende_woorden.lijkt_op IS 'Het bekende woord dat er het meest op lijkt; leeg als er geen op lijkt';
COMMENT ON COLUMN main.onbekende_woorden.veld IS 'Naam van de kolom hier: die naam of die van de woordenlijst staat bij words';

CREATE OR REPLACE VIEW main.quarantaine AS
SELECT q.organisation_id AS organisatie, q.source_id AS bron, q.kind AS soort_bewijs, q.locator.file AS bestand,
    q.locator.sheet AS blad, q.locator."row" AS rij, q.locator.address AS adres, q.column_nl AS kolom, q.value AS waarde,
    q.expected_nl AS verwacht, q.expectation AS regel, q.record_key AS sleutel, q.record AS gelezen
FROM reading.present_rejected AS q
ORDER BY ALL;
COMMENT ON VIEW main.quarantaine IS 'Elke reden waarom een regel bij de laatste lezing is afgekeurd; een regel kan meer redenen hebben';
COMMENT ON COLUMN main.quarantaine.organisatie IS 'Organisatie';
COMMENT ON COLUMN main.quarantaine.bron IS 'Bron';
COMMENT ON COLUMN main.quarantaine.soort_bewijs IS 'Soort bewijs';
COMMENT ON COLUMN main.quarantaine.bestand IS 'Bestand';
COMMENT ON COLUMN main.quarantaine.blad IS 'Werkblad';
COMMENT ON COLUMN main.quarantaine.rij IS 'Rijnummer zoals Excel het toont';
COMMENT ON COLUMN main.quarantaine.adres IS 'Adres in de bron';
COMMENT ON COLUMN main.quarantaine.kolom IS 'Kolom met de fout';
COMMENT ON COLUMN main.quarantaine.waarde IS 'Wat er stond';
COMMENT ON COLUMN main.quarantaine.verwacht IS 'Wat er verwacht werd';
COMMENT ON COLUMN main.quarantaine.regel IS 'Naam van de verwachting';
COMMENT ON COLUMN main.quarantaine.sleutel IS 'Sleutel van de regel';
COMMENT ON COLUMN main.quarantaine.gelezen IS 'De regel zoals die is gelezen (JSON)';

-- The state after an earlier run: the same rows as the officers' views of the present, for any run number.
CREATE OR REPLACE MACRO main.maatregelen_na_run(nummer) AS TABLE
SELECT s.organisation_id AS organisatie, s.framework_id AS normenkader, s.norm_id AS norm, n.title_nl AS titel, s.status,
    s.design AS opzet, s.existence AS bestaan, s.operation AS werking, s.basis AS grondslag, s.expires_on AS verloopt_op
FROM assess.measure_status AS s
LEFT JOIN catalogue.norm AS n USING (framework_id, norm_id)
WHERE s.from_run_no <= nummer AND (s.until_run_no IS NULL OR s.until_run_no > nummer);
COMMENT ON MACRO TABLE main.maatregelen_na_run IS 'Status van elke norm zoals die na een eerdere run was';

CREATE OR REPLACE MACRO main.beheersmaatregelen_na_run(nummer) AS TABLE
SELECT s.organisation_id AS organisatie, s.framework_id AS normenkader, s.norm_id AS norm, n.title_nl AS titel, s.status,
    s.basis AS grondslag, s.expires_on AS verloopt_op
FROM assess.control_status AS s
LEFT JOIN catalogue.norm AS n USING (framework_id, norm_id)
WHERE s.from_run_no <= nummer AND (s.until_run_no IS NULL OR s.until_run_no > nummer);
COMMENT ON MACRO TABLE main.beheersmaatregelen_na_run IS 'Status van elke beheersmaatregel zoals die na een eerdere run was';

CREATE OR REPLACE MACRO main.principes_na_run(nummer) AS TABLE
SELECT s.organisation_id AS organisatie, s.principle_id AS nummer_principe, n.title_nl AS titel, s.status, s.score,
    s.coverage AS dekking
FROM assess.principle_status AS s
LEFT JOIN catalogue.norm AS n ON n.framework_id = s.framework_id AND n.norm_id = s.principle_id
WHERE s.from_run_no <= nummer AND (s.until_run_no IS NULL OR s.until_run_no > nummer);
COMMENT ON MACRO TABLE main.principes_na_run IS 'Status van elk principe zoals die na een eerdere run was';

CREATE OR REPLACE VIEW main.onbekende_normnummers AS
WITH named AS (
    SELECT organisation_id, source_id, 'attestation' AS kind, framework_id, norm_id, record_key, title, locator
    FROM evidence.attestation WHERE retired_at IS NULL
    UNION ALL
    SELECT organisation_id, source_id, 'applicability', framework_id, norm_id, record_key, title, locator
    FROM evidence.applicability WHERE retired_at IS NULL
    UNION ALL
    SELECT organisation_id, source_id, 'exception', framework_id, norm_id, record_key, title, locator
    FROM evidence.exception WHERE retired_at IS NULL
    UNION ALL
    SELECT organisation_id, source_id, 'improvement', framework_id, norm_id, record_key, title, locator
    FROM evidence.improvement WHERE retired_at IS NULL
)
SELECT r.organisation_id AS organisatie, r.source_id AS bron, r.kind AS soort_bewijs, r.framework_id AS normenkader,
    r.norm_id AS norm, CASE WHEN r.framework_id IS NOT NULL AND f.framework_id IS NULL THEN 'dit normenkader wordt niet beoordeeld'
        ELSE 'dit nummer is er niet in dit normenkader' END AS waarom,
    r.record_key AS sleutel, r.title AS titel, r.locator.file AS bestand, r.locator.sheet AS blad, r.locator."row" AS rij
FROM named AS r
LEFT JOIN catalogue.framework AS f USING (framework_id)
ANTI JOIN catalogue.alias AS a
    ON a.norm_id = lower(r.norm_id) AND a.framework_id = coalesce(r.framework_id, a.framework_id)
ORDER BY ALL;
COMMENT ON VIEW main.onbekende_normnummers IS 'Regels die een norm noemen die er niet is: ze tellen nergens mee';
COMMENT ON COLUMN main.onbekende_normnummers.organisatie IS 'Organisatie';
COMMENT ON COLUMN main.onbekende_normnummers.bron IS 'Bron';
COMMENT ON COLUMN main.onbekende_normnummers.soort_bewijs IS 'Soort bewijs';
COMMENT ON COLUMN main.onbekende_normnummers.normenkader IS 'Normenkader dat de regel noemt';
COMMENT ON COLUMN main.onbekende_normnummers.norm IS 'Nummer dat de regel noemt';
COMMENT ON COLUMN main.onbekende_normnummers.waarom IS 'Waarom de regel niet meetelt';
COMMENT ON COLUMN main.onbekende_normnummers.sleutel IS 'Sleutel van de regel';
COMMENT ON COLUMN main.onbekende_normnummers.titel IS 'Titel van de regel';
COMMENT ON COLUMN main.onbekende_normnummers.bestand IS 'Bestand';
COMMENT ON COLUMN main.onbekende_normnummers.blad IS 'Werkblad';
COMMENT ON COLUMN main.onbekende_normnummers.rij IS 'Rijnummer zoals Excel het toont';

-- What scans looked at last, and what they found that is still open. Not every finding is of a scan.
-- grain: one row per scanned object of a source; key: organisatie, bron, sleutel.
CREATE OR REPLACE VIEW main.gescande_objecten AS
SELECT s.organisation_id AS organisatie, s.source_id AS bron, s.object, s.record_key AS sleutel,
    amsterdam_time(s.scanned_at) AS laatst_gescand_op, count(f.evidence_id) AS open_bevindingen,
    s.run_id <> l.run_id AND s.scanned_at < l.scanned_at AS niet_meer_gescand
FROM evidence.scan AS s
JOIN (
    SELECT organisation_id, source_id, max_by(run_id, recorded_at) AS run_id, max(scanned_at) AS scanned_at
    FROM evidence.scan
    WHERE retired_at IS NULL
    GROUP BY organisation_id, source_id
) AS l USING (organisation_id, source_id)
LEFT JOIN evidence.finding AS f ON f.organisation_id = s.organisation_id AND f.source_id = s.source_id
    AND f.scan = s.record_key AND f.retired_at IS NULL AND f.resolved_at IS NULL
WHERE s.retired_at IS NULL
GROUP BY s.organisation_id, s.source_id, s.object, s.record_key, s.scanned_at, s.run_id, l.run_id, l.scanned_at
ORDER BY niet_meer_gescand DESC, open_bevindingen DESC, organisatie, bron, s.object, sleutel;
COMMENT ON VIEW main.gescande_objecten IS 'Elk object dat scans bekeken, ook wat schoon was; een bevinding eindigt pas als een latere scan van hetzelfde object haar niet meer meldt';
COMMENT ON COLUMN main.gescande_objecten.organisatie IS 'Organisatie';
COMMENT ON COLUMN main.gescande_objecten.bron IS 'Bron';
COMMENT ON COLUMN main.gescande_objecten.object IS 'Wat is bekeken: host, image, code of domein';
COMMENT ON COLUMN main.gescande_objecten.sleutel IS 'Sleutel van de scan van dit object';
COMMENT ON COLUMN main.gescande_objecten.laatst_gescand_op IS 'Moment waarop de laatste scan van dit object klaar was, Nederlandse tijd';
COMMENT ON COLUMN main.gescande_objecten.open_bevindingen IS 'Bevindingen van deze scan die nog open zijn';
COMMENT ON COLUMN main.gescande_objecten.niet_meer_gescand IS 'Of de bron daarna wel andere objecten bekeek en dit niet: zijn bevindingen blijven open, tot een scan of het register van bedrijfsmiddelen ze beëindigt';

CREATE OR REPLACE VIEW main.looptijden AS
SELECT run_no AS run, CASE step WHEN 'examine' THEN 'nakijken' WHEN 'collect' THEN 'verzamelen' WHEN 'assess' THEN 'beoordelen' WHEN 'finish' THEN 'afronden'
    WHEN 'publish' THEN 'publiceren' ELSE step END AS stap, seconds AS seconden, number AS aantal
FROM reading.run_step ORDER BY run_no DESC, began_at;
COMMENT ON VIEW main.looptijden IS 'Hoe lang elke stap van een run duurde; publiceren van de nieuwste run staat in het volgende bestand';
COMMENT ON COLUMN main.looptijden.run IS 'Volgnummer van de run';
COMMENT ON COLUMN main.looptijden.stap IS 'nakijken, verzamelen, beoordelen, afronden of publiceren';
COMMENT ON COLUMN main.looptijden.seconden IS 'Duur in seconden';
COMMENT ON COLUMN main.looptijden.aantal IS 'Waar de stap over ging: gevonden problemen, bewijsregels, berekende toetsen, bronnen of bytes';

CREATE OR REPLACE VIEW main.nachten AS
SELECT day AS dag, run_no AS run, state AS uitkomst, amsterdam_time(finished_at) AS klaar_op, is_in_time AS op_tijd,
    seconds AS seconden, sources AS bronnen, sources_in_time AS bronnen_op_tijd
FROM reading.night ORDER BY day DESC;
COMMENT ON VIEW main.nachten IS 'Elke dag vanaf de eerste run: of de nacht er op tijd was, en hoeveel bronnen dat waren';
COMMENT ON COLUMN main.nachten.dag IS 'Dag waarover de run gaat';
COMMENT ON COLUMN main.nachten.run IS 'Volgnummer; leeg als er van die dag geen run is';
COMMENT ON COLUMN main.nachten.uitkomst IS 'ok of degraded (een bron werkte niet)';
COMMENT ON COLUMN main.nachten.klaar_op IS 'Einde, Nederlandse tijd';
COMMENT ON COLUMN main.nachten.op_tijd IS 'Klaar vóór zeven uur in de ochtend van die dag';
COMMENT ON COLUMN main.nachten.seconden IS 'Duur van de run in seconden';
COMMENT ON COLUMN main.nachten.bronnen IS 'Aantal bronnen dat is gelezen of geprobeerd';
COMMENT ON COLUMN main.nachten.bronnen_op_tijd IS 'Aantal bronnen dat leverde, met een levering die op die dag nog telt';

CREATE OR REPLACE VIEW main.dienstniveau AS
SELECT date_trunc('month', day)::DATE AS maand, count(*) AS nachten, count(*) FILTER (is_in_time) AS nachten_op_tijd,
    round(100 * count(*) FILTER (is_in_time) / count(*), 1) AS percentage_nachten, sum(sources)::BIGINT AS bronnen,
    sum(sources_in_time)::BIGINT AS bronnen_op_tijd, round(100 * sum(sources_in_time) / nullif(sum(sources), 0), 1) AS percentage_bronnen
FROM reading.night GROUP BY ALL ORDER BY maand DESC;
COMMENT ON VIEW main.dienstniveau IS 'Per maand: welk deel van de nachten en van de bronnen op tijd was';
COMMENT ON COLUMN main.dienstniveau.maand IS 'Eerste dag van de maand';
COMMENT ON COLUMN main.dienstniveau.nachten IS 'Aantal dagen vanaf de eerste run';
COMMENT ON COLUMN main.dienstniveau.nachten_op_tijd IS 'Nachten die klaar waren vóór zeven uur';
COMMENT ON COLUMN main.dienstniveau.percentage_nachten IS 'Nachten op tijd, in procenten';
COMMENT ON COLUMN main.dienstniveau.bronnen IS 'Aantal keren dat een bron is gelezen of geprobeerd';
COMMENT ON COLUMN main.dienstniveau.bronnen_op_tijd IS 'Keren dat een bron op tijd leverde';
COMMENT ON COLUMN main.dienstniveau.percentage_bronnen IS 'Bronnen op tijd, in procenten';
