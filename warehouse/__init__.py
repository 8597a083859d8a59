"""Where everything lives: schema and migrations, landed bytes, versioned evidence, assessed statuses, published copies."""
