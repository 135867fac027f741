#!/bin/sh
# Starts Remixer from the folder that this file lies in, wherever that is.
here=$(dirname -- "$(readlink -f -- "$0")")
unset PYTHONHOME PYTHONPATH PYTHONSTARTUP PYTHONSAFEPATH # those of another Python
export PYTHONNOUSERSITE=1
exec "$here/bin/python3" -P -m remixer "$@"
