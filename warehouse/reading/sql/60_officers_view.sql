-- The views that officers read, with the meaning of each and of its columns.
-- grain: one row per view and column, in the order of the view; key: view_name, column_no.
CREATE OR REPLACE VIEW reading.officers_view AS
SELECT v.view_name, v.comment AS meaning, c.column_index AS column_no, c.column_name, c.data_type AS column_type,
    c.comment AS column_meaning
FROM duckdb_views() AS v
JOIN duckdb_columns() AS c ON c.database_name = v.database_name AND c.schema_name = v.schema_name AND c.table_name = v.view_name
WHERE v.database_name = current_database() AND v.schema_name = 'main' AND NOT v.internal AND v.comment IS NOT NULL;
