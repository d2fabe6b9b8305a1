"""Custom actions: each ends its turn with exactly one outcome."""
