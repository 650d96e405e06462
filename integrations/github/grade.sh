#!/usr/bin/env bash
# The step of the action that grades; action.yml says what each variable is. It is started with a new environment.
# `-P`: Python imports nothing from the current folder, which is the student's.
set -uo pipefail
reports=$GRADE_REPORTS
mkdir -p "$reports" || exit 2

arguments=()
for id in $GRADE_ASSIGNMENT; do arguments+=(--assignment "$id"); done
if [ -n "$GRADE_COURSE" ]; then arguments+=(--course "$GRADE_COURSE"); fi
level=$GRADE_ISOLATION
if [ "$level" = auto ]; then
  level=$(python -P -m grader doctor --level) || exit 3
  if [ "$level" = none ]; then
    echo "::error title=No sandbox::Sandboxing is not available on this runner: the student's code could read what this" \
      "job can. Use a runner with bubblewrap, or a job in a container and \`isolation: container\`."
    exit 2
  fi
fi
output=$GITHUB_OUTPUT summary=$GITHUB_STEP_SUMMARY
unset GITHUB_OUTPUT GITHUB_STEP_SUMMARY

private=$(mktemp -d "$RUNNER_TEMP/grader-XXXXXX") || exit 3
trap 'rm -rf "$private"' EXIT
# What the terminal shows may have been chosen by a student: until the word is repeated, the runner obeys nothing in it.
word=$(python -P -c 'import secrets; print(secrets.token_hex(16))') || exit 3
echo "::stop-commands::$word"
python -P -m grader check "$GRADE_PATH" ${arguments[@]+"${arguments[@]}"} --isolation "$level" --quiet \
  --report "github=$private/annotations" --report "markdown=$private/summary.md" \
  --report "junit=$reports/junit.xml" --report "json=$reports/report.json" --report "html=$reports/index.html"
code=$?
echo "::$word::"

if [ -f "$private/annotations" ]; then cat "$private/annotations"; fi
if [ -f "$private/summary.md" ]; then cat "$private/summary.md" >> "$summary"; fi
python -P - "$reports/report.json" "$code" >> "$output" <<'PROGRAM'
import json, os, sys
grades = json.load(open(sys.argv[1], encoding="utf-8"))["grades"] if os.path.exists(sys.argv[1]) else []
print(f"exit-code={sys.argv[2]}")
print(f"score={sum(grade['score'] for grade in grades)}")
print(f"max-score={sum(grade['max_score'] for grade in grades)}")
PROGRAM

case $code in
  2) echo "::error title=Not graded::The grader cannot use what it was given; the log of this step has its message." ;;
  3) echo "::error title=Grader error::The grader failed; this is not the student's fault. Run the job again." ;;
  4) echo "::error title=Nothing to grade::There is no notebook or module in $(printf %s "$GRADE_PATH" | tr -d '\r\n' | sed 's/%/%25/g')." ;;
esac
if [ "$code" = 1 ] && [ "$GRADE_FAIL" != true ]; then code=0; fi
exit "$code"
