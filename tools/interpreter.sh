#!/bin/sh
# Make sure that Python $2 is there for uv ($1), fetching it where that is allowed; otherwise say so in one line.
"$1" python find "$2" >/dev/null 2>&1 && exit 0
[ "$UV_PYTHON_DOWNLOADS" != never ] && "$1" python install -q "$2" 2>/dev/null && exit 0
echo "Python $2 is needed and was not found: install it (for example with pyenv or your system's packages) and try again"
exit 1
