#!/usr/bin/env bash
# Installs the grader, and on Linux what a sandbox needs. INSTALL is what pip installs; by default this very version.
set -euo pipefail
# -P: nothing is imported from the current folder, which is the student's.
python -P -m pip install --quiet --disable-pip-version-check "${INSTALL:-$GITHUB_ACTION_PATH[cpu]}"

if [ "$(uname)" = Linux ] && command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  if ! command -v bwrap >/dev/null; then
    sudo -n apt-get update -qq && sudo -n apt-get install -y -qq --no-install-recommends bubblewrap >/dev/null
  fi
  # Ubuntu 24.04 lets nobody make a user namespace otherwise, and the machine of this job is disposable.
  if [ -e /proc/sys/kernel/apparmor_restrict_unprivileged_userns ]; then
    sudo -n sysctl -q -w kernel.apparmor_restrict_unprivileged_userns=0
  fi
fi
