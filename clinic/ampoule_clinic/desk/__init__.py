"""The triage desk: the queue, the tickets, phone intake and reports."""
