-- The officers' views of what reviewers decided and what was frozen.
CREATE OR REPLACE VIEW main.antwoorden_na_beoordeling AS
SELECT a.organisation_id AS organisatie, a.questionnaire_id AS vragenlijst, a.question_id AS vraag, q.text_nl AS tekst,
    a.answer AS antwoord, CASE a.answered_by WHEN 'reviewer' THEN 'beoordelaar' ELSE 'voorstel' END AS antwoord_van,
    a.proposed_answer AS voorstel, a.look_again AS opnieuw_bekijken, a.explanation AS toelichting,
    a.improvement AS verbetering, a.owner AS eigenaar, a.deadline AS klaar_voor, a.reviewer AS beoordelaar,
    a.reason AS reden, amsterdam_time(a.reviewed_at) AS beoordeeld_op
FROM assess.reviewed_answer AS a
JOIN catalogue.question AS q USING (questionnaire_id, question_id)
ORDER BY a.organisation_id, a.questionnaire_id, q.question_order;
COMMENT ON VIEW main.antwoorden_na_beoordeling IS 'Het antwoord dat telt op elke vraag: dat van de beoordelaar als die heeft gewijzigd, anders het voorstel';
COMMENT ON COLUMN main.antwoorden_na_beoordeling.organisatie IS 'Organisatie';
COMMENT ON COLUMN main.antwoorden_na_beoordeling.vragenlijst IS 'Vragenlijst';
COMMENT ON COLUMN main.antwoorden_na_beoordeling.vraag IS 'Nummer van de vraag';
COMMENT ON COLUMN main.antwoorden_na_beoordeling.tekst IS 'De vraag';
COMMENT ON COLUMN main.antwoorden_na_beoordeling.antwoord IS 'Het antwoord dat telt; leeg als de vraag nog open is';
COMMENT ON COLUMN main.antwoorden_na_beoordeling.antwoord_van IS 'Van wie het antwoord is: voorstel of beoordelaar';
COMMENT ON COLUMN main.antwoorden_na_beoordeling.voorstel IS 'Voorgesteld antwoord op grond van het bewijs';
COMMENT ON COLUMN main.antwoorden_na_beoordeling.opnieuw_bekijken IS 'Of het voorstel is veranderd nadat de beoordelaar een besluit nam';
COMMENT ON COLUMN main.antwoorden_na_beoordeling.toelichting IS 'Toelichting van de beoordelaar; leeg als de opgestelde toelichting geldt';
COMMENT ON COLUMN main.antwoorden_na_beoordeling.verbetering IS 'Verbetering volgens de beoordelaar';
COMMENT ON COLUMN main.antwoorden_na_beoordeling.eigenaar IS 'Eigenaar volgens de beoordelaar';
COMMENT ON COLUMN main.antwoorden_na_beoordeling.klaar_voor IS 'Dag waarop de verbetering klaar moet zijn, volgens de beoordelaar';
COMMENT ON COLUMN main.antwoorden_na_beoordeling.beoordelaar IS 'Wie het laatst een besluit nam over de vraag';
COMMENT ON COLUMN main.antwoorden_na_beoordeling.reden IS 'Reden van dat besluit';
COMMENT ON COLUMN main.antwoorden_na_beoordeling.beoordeeld_op IS 'Moment van dat besluit, Nederlandse tijd';

CREATE OR REPLACE VIEW main.beoordelingen AS
SELECT o.organisation_id AS organisatie, o."year" AS jaar, o.questionnaire_id AS vragenlijst, o.question_id AS vraag,
    CASE o.field WHEN 'answer' THEN 'antwoord' WHEN 'explanation' THEN 'toelichting' WHEN 'improvement' THEN 'verbetering'
        WHEN 'owner' THEN 'eigenaar' ELSE 'klaar vóór' END AS onderdeel,
    o.old_value AS was, o.new_value AS wordt, o.withdrawn AS ingetrokken, p.overrule_no IS NOT NULL AS geldt,
    coalesce(p.look_again, false) AS opnieuw_bekijken, o.reviewer AS beoordelaar, o.reason AS reden,
    amsterdam_time(o.reviewed_at) AS beoordeeld_op, o.run_no AS run, o.file_name AS bestand
FROM assess.overrule AS o
LEFT JOIN assess.present_overrule AS p USING (overrule_no)
ORDER BY o.overrule_no DESC;
COMMENT ON VIEW main.beoordelingen IS 'Elk besluit van een beoordelaar over een antwoord, het nieuwste eerst';
COMMENT ON COLUMN main.beoordelingen.organisatie IS 'Organisatie';
COMMENT ON COLUMN main.beoordelingen.jaar IS 'Jaar waarvoor het besluit geldt';
COMMENT ON COLUMN main.beoordelingen.vragenlijst IS 'Vragenlijst';
COMMENT ON COLUMN main.beoordelingen.vraag IS 'Nummer van de vraag';
COMMENT ON COLUMN main.beoordelingen.onderdeel IS 'Wat is gewijzigd: antwoord, toelichting, verbetering, eigenaar of klaar vóór';
COMMENT ON COLUMN main.beoordelingen.was IS 'Wat er stond';
COMMENT ON COLUMN main.beoordelingen.wordt IS 'Wat de beoordelaar ervan maakte';
COMMENT ON COLUMN main.beoordelingen.ingetrokken IS 'Of dit besluit een eerder besluit intrekt';
COMMENT ON COLUMN main.beoordelingen.geldt IS 'Of dit besluit nu geldt';
COMMENT ON COLUMN main.beoordelingen.opnieuw_bekijken IS 'Of het voorstel is veranderd na dit besluit';
COMMENT ON COLUMN main.beoordelingen.beoordelaar IS 'Wie het besluit nam';
COMMENT ON COLUMN main.beoordelingen.reden IS 'Reden van het besluit';
COMMENT ON COLUMN main.beoordelingen.beoordeeld_op IS 'Moment van het besluit, Nederlandse tijd';
COMMENT ON COLUMN main.beoordelingen.run IS 'Run waarop het besluit is genomen';
COMMENT ON COLUMN main.beoordelingen.bestand IS 'Werkboek waar het besluit uit komt';

CREATE OR REPLACE VIEW main.cycli AS
SELECT c.organisation_id AS organisatie, c."year" AS jaar, c.reference_date AS peildatum, c.deadline AS inleveren_voor,
    amsterdam_time(c.opened_at) AS geopend_op, c.opened_by AS geopend_door,
    f.version AS versie, amsterdam_time(f.frozen_at) AS bevroren_op,
    f.frozen_by AS bevroren_door, f.reason AS reden, f.run_no AS run, f.manifest_hash AS kenmerk_inhoud,
    f.signature IS NOT NULL AS ondertekend
FROM account.cycle AS c
LEFT JOIN account.freeze AS f USING (organisation_id, "year")
ORDER BY organisatie, jaar DESC, versie DESC;
COMMENT ON VIEW main.cycli IS 'De jaren waarover verantwoording wordt afgelegd, met elke bevroren versie';
COMMENT ON COLUMN main.cycli.organisatie IS 'Organisatie';
COMMENT ON COLUMN main.cycli.jaar IS 'Jaar';
COMMENT ON COLUMN main.cycli.peildatum IS 'Dag waarover verantwoording wordt afgelegd';
COMMENT ON COLUMN main.cycli.inleveren_voor IS 'Laatste dag om in te leveren';
COMMENT ON COLUMN main.cycli.geopend_op IS 'Moment waarop de cyclus is geopend, Nederlandse tijd';
COMMENT ON COLUMN main.cycli.geopend_door IS 'Wie de cyclus opende';
COMMENT ON COLUMN main.cycli.versie IS 'Nummer van de bevroren versie; leeg als er nog niets is bevroren';
COMMENT ON COLUMN main.cycli.bevroren_op IS 'Moment van bevriezen, Nederlandse tijd';
COMMENT ON COLUMN main.cycli.bevroren_door IS 'Wie de versie bevroor';
COMMENT ON COLUMN main.cycli.reden IS 'Reden van een herziene versie';
COMMENT ON COLUMN main.cycli.run IS 'Run waarvan de antwoorden zijn bevroren';
COMMENT ON COLUMN main.cycli.kenmerk_inhoud IS 'SHA-256 van het manifest van de versie';
COMMENT ON COLUMN main.cycli.ondertekend IS 'Of het manifest met een sleutel is ondertekend';

CREATE OR REPLACE VIEW main.bevroren_antwoorden AS
SELECT organisation_id AS organisatie, "year" AS jaar, version AS versie, questionnaire_id AS vragenlijst,
    question_id AS vraag, question_text AS tekst, answer AS antwoord,
    CASE answered_by WHEN 'reviewer' THEN 'beoordelaar' ELSE 'voorstel' END AS antwoord_van, proposed_answer AS voorstel,
    explanation AS toelichting, improvement AS verbetering, owner AS eigenaar, deadline AS klaar_voor, status,
    basis AS grondslag, reviewer AS beoordelaar, reason AS reden
FROM account.answer
ORDER BY ALL;
COMMENT ON VIEW main.bevroren_antwoorden IS 'De antwoorden van elke bevroren versie; die veranderen nooit meer';
COMMENT ON COLUMN main.bevroren_antwoorden.organisatie IS 'Organisatie';
COMMENT ON COLUMN main.bevroren_antwoorden.jaar IS 'Jaar';
COMMENT ON COLUMN main.bevroren_antwoorden.versie IS 'Nummer van de versie';
COMMENT ON COLUMN main.bevroren_antwoorden.vragenlijst IS 'Vragenlijst';
COMMENT ON COLUMN main.bevroren_antwoorden.vraag IS 'Nummer van de vraag';
COMMENT ON COLUMN main.bevroren_antwoorden.tekst IS 'De vraag';
COMMENT ON COLUMN main.bevroren_antwoorden.antwoord IS 'Het antwoord; leeg als de vraag open was';
COMMENT ON COLUMN main.bevroren_antwoorden.antwoord_van IS 'Van wie het antwoord is: voorstel of beoordelaar';
COMMENT ON COLUMN main.bevroren_antwoorden.voorstel IS 'Voorgesteld antwoord op grond van het bewijs';
COMMENT ON COLUMN main.bevroren_antwoorden.toelichting IS 'Toelichting bij het antwoord';
COMMENT ON COLUMN main.bevroren_antwoorden.verbetering IS 'Verbetering die is toegezegd';
COMMENT ON COLUMN main.bevroren_antwoorden.eigenaar IS 'Eigenaar van het antwoord';
COMMENT ON COLUMN main.bevroren_antwoorden.klaar_voor IS 'Dag waarop de verbetering klaar moet zijn';
COMMENT ON COLUMN main.bevroren_antwoorden.status IS 'Status van de normen van de vraag samen';
COMMENT ON COLUMN main.bevroren_antwoorden.grondslag IS 'Zwakste grondslag waar het antwoord op rust';
COMMENT ON COLUMN main.bevroren_antwoorden.beoordelaar IS 'Wie het antwoord wijzigde';
COMMENT ON COLUMN main.bevroren_antwoorden.reden IS 'Reden van de wijziging';

CREATE OR REPLACE VIEW main.handelingen AS
SELECT event_no AS nummer, amsterdam_time(happened_at) AS gedaan_op, act AS handeling, about AS waarover, person AS door,
    account AS account, role AS recht, reason AS reden, organisation_id AS organisatie
FROM account.audit
ORDER BY event_no;
COMMENT ON VIEW main.handelingen IS 'Wat mensen deden: antwoorden wijzigen, bevriezen, rapporten maken, vragen stellen in SQL, vernietigen';
COMMENT ON COLUMN main.handelingen.nummer IS 'Volgnummer';
COMMENT ON COLUMN main.handelingen.gedaan_op IS 'Moment van de handeling, Nederlandse tijd';
COMMENT ON COLUMN main.handelingen.handeling IS 'Wat er werd gedaan';
COMMENT ON COLUMN main.handelingen.waarover IS 'Waarover het ging; in een vraag in SQL staat … voor wat tussen aanhalingstekens stond';
COMMENT ON COLUMN main.handelingen.door IS 'Wie het deed, zoals die persoon zelf opgaf; leeg als dat niet werd gevraagd';
COMMENT ON COLUMN main.handelingen.account IS 'Account op de computer waarmee het werd gedaan';
COMMENT ON COLUMN main.handelingen.recht IS 'Met welk recht: schrijver mag in het warehouse schrijven, lezer niet';
COMMENT ON COLUMN main.handelingen.reden IS 'Reden die werd opgegeven';
COMMENT ON COLUMN main.handelingen.organisatie IS 'Organisatie, als die werd opgegeven';
