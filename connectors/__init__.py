"""Where evidence comes from: one module per system, each yielding records of an evidence kind; none knows the database."""
