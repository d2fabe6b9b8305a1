"""The patient portal: signed-in patients, their threads with the clinic, their list for the next visit, their data."""
