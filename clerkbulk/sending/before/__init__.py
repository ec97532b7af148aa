"""Before a call leaves: the reads, who is left out, what changed, and the timetable."""
