"""Every parser of what others wrote, in its child process, against inputs that nobody would write: `python -m tests.fuzz`."""
