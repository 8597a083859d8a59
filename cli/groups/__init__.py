"""What can be typed: a Typer group per file. A group declares its commands and imports what does the work when that is asked
for, so that the start of every command is light."""
