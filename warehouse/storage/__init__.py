"""Where everything lives: the file, its migrations, landing, runs, and what is written into it."""
