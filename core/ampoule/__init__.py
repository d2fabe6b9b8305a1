"""Ampoule's library: reads patients' messages about vitamin B12 injections and decides what may be said.

It imports neither Rasa nor a web framework; the engine (`pipeline/`, `actions/`) and the web service (`clinic/`) stand on it.
"""
