"""How evidence becomes a status: the SQL of the assessment, and what would happen if."""
