"""What connectors share: fetching, paging and signing in, finding a value by its path, reading files, making records."""
