"""Accounts of staff, sessions of the clinic's own pages, and who may do what."""
