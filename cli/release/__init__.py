"""What goes with a release: the lock of what runs in production, and the list of its parts (SBOM)."""
