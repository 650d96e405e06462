#!/usr/bin/env bash
# The entry point of an external grader: PrairieLearn runs this in a container for each submission.
# Usage: run.sh EXERCISE...; a course of your own goes into the folder `course` next to this file.
set -uo pipefail
root=${GRADE_ROOT:-/grade}
here=$(cd "$(dirname "$0")" && pwd)
python=${GRADER_PYTHON:-python3}
results=$root/results/results.json
mkdir -p "$root/results"
rm -f "$results"

arguments=()
for id in "$@"; do arguments+=(--assignment "$id"); done
if [ -d "$here/course" ]; then arguments+=(--course "$here/course"); fi

cd "$root" || exit 1
env -i PATH="$PATH" HOME="${HOME:-/root}" LANG=C.UTF-8 ${PYTHONPATH:+PYTHONPATH="$PYTHONPATH"} \
  ${GRADER_CACHE:+GRADER_CACHE="$GRADER_CACHE"} \
  "$python" -P -m grader check "$root/student" ${arguments[@]+"${arguments[@]}"} \
  --isolation "${GRADER_ISOLATION:-container}" --quiet --report "prairielearn=$results"
code=$?

if [ ! -s "$results" ]; then
  why="The grader failed; this is not your fault. Your submission costs you no attempt."
  if [ "$code" = 4 ]; then why="There is no notebook (.ipynb) or module (.py) in this submission."; fi
  printf '{"gradable": false, "format_errors": ["%s"], "message": "%s"}\n' "$why" "$why" > "$results"
fi
