"""May it come in? Great Expectations suites per evidence kind, and the quarantine of what may not."""
