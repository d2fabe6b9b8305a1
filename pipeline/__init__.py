"""Ampoule inside Rasa: importer, Reader component, tracker store and channel; thin wrappers over the library."""
