#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image: a Python for the grader, whatever the base image has.
set -euo pipefail
root=${AUTOGRADER_ROOT:-/autograder}
cd "$root/source"

if command -v apt-get >/dev/null; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends python3 python3-pip python3-venv ca-certificates >/dev/null
fi
python3 -m venv "$root/tools"
"$root/tools/bin/pip" install --quiet uv
"$root/tools/bin/uv" venv --quiet --python 3.13 "$root/venv"
"$root/tools/bin/uv" pip install --quiet --python "$root/venv/bin/python" --find-links "$root/source" \
  --requirement "$root/source/requirements.txt"
"$root/venv/bin/python" -m grader list >/dev/null
