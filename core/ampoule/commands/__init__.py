"""The commands of `ampoule`: one module each, with `add(commands)` for its arguments and `run(options)` for its work.

`run` returns the exit code: 0 all well, 1 something is to be mended, 2 it could not be done.
"""
