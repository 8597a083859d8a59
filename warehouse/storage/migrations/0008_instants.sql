-- Moments of evidence become instants: they were what the clock in Amsterdam shows. Of a time that it shows twice, and of one
-- that it skips, the beginning of a term is the earlier and its end the later, so that no term becomes shorter than it was.
-- Content hashes and numbers stay: a record is hashed by its wall times. The next collection of a source that writes offsets
-- stores a new version of a record whose moment was taken for the other one.
UPDATE evidence.access_review SET observed_at = earliest_moment_of(observed_at);
UPDATE evidence.applicability SET observed_at = earliest_moment_of(observed_at);
UPDATE evidence.assurance SET observed_at = earliest_moment_of(observed_at);
UPDATE evidence.attestation SET observed_at = earliest_moment_of(observed_at);
UPDATE evidence.decision SET observed_at = earliest_moment_of(observed_at);
UPDATE evidence.document SET observed_at = earliest_moment_of(observed_at);
UPDATE evidence.exception SET observed_at = earliest_moment_of(observed_at);
UPDATE evidence.exercise SET observed_at = earliest_moment_of(observed_at);
UPDATE evidence.finding SET observed_at = earliest_moment_of(observed_at), first_seen = earliest_moment_of(first_seen),
    due_at = earliest_moment_of(due_at), resolved_at = latest_moment_of(resolved_at);
UPDATE evidence.improvement SET observed_at = earliest_moment_of(observed_at);
UPDATE evidence.measurement SET observed_at = earliest_moment_of(observed_at);
UPDATE evidence.register_entry SET observed_at = earliest_moment_of(observed_at);
UPDATE evidence.risk SET observed_at = earliest_moment_of(observed_at);
UPDATE evidence.ticket SET observed_at = earliest_moment_of(observed_at), opened_at = earliest_moment_of(opened_at),
    due_at = earliest_moment_of(due_at), resolved_at = latest_moment_of(resolved_at);
UPDATE evidence.training SET observed_at = earliest_moment_of(observed_at);
