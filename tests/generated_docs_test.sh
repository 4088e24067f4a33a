#!/usr/bin/env bash
# Holds docs/options.md and docs/json.md to the tables that the command prints
# them from. Prints how to make the pages anew where one is stale.
#
# usage: generated_docs_test.sh COMMAND...
# COMMAND...: the slide command, behind an emulator where it needs one.
set -euo pipefail
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

status=0
for page in options json; do
  if ! diff -u "docs/$page.md" <("$@" help "--$page-page"); then
    echo "docs/$page.md is stale: slide help --$page-page >docs/$page.md"
    status=1
  fi
done
exit "$status"
