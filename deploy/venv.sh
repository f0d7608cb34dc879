#!/bin/sh
# Makes a virtual environment in the folder $1 with the Python in $2, and pip in it.
# Debian splits Python: without its package python3-venv there is no ensurepip. Then pip comes from
# the Python at hand or out of Debian's package python3-pip-whl, which needs no root to unpack.
set -eu
venv=$1
python=$2

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Reelhouse needs Python 3.11 or newer; $("$python" --version) is too old." >&2
    echo "Name another one: make PYTHON=/path/to/python3.12" >&2
    exit 1
}
if [ -x "$venv/bin/python" ] && "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0
fi
rm -rf "$venv"
if "$python" -c 'import ensurepip' 2>/dev/null; then
    exec "$python" -m venv "$venv"
fi
"$python" -m venv --without-pip "$venv"
if "$python" -m pip --python "$venv/bin/python" install --quiet pip 2>/dev/null; then
    exit 0
fi
unpacked=$(mktemp -d)
trap 'rm -rf "$unpacked"' EXIT
(cd "$unpacked" && apt-get download --quiet python3-pip-whl && dpkg-deb -x python3-pip-whl_*.deb .) >&2 || {
    echo "This Python has no ensurepip and pip could not be had. On Debian and Ubuntu:" >&2
    echo "    sudo apt-get install python3-venv" >&2
    exit 1
}
wheel=$(ls "$unpacked"/usr/share/python-wheels/pip-*.whl)
"$venv/bin/python" "$wheel/pip" install --quiet --no-index "$wheel"
