#!/usr/bin/env bash
# Holds the form of comments: none begins with "What" or "Of", which make a
# phrase that lacks its subject and verb. Looks at the first line of each
# paragraph of `//` comments that stand on lines of their own; comments behind
# code, and those of scripts and CMake, are not covered. Prints `file:line: what`
# for every line that breaks the rule.
#
# usage: comments_test.sh [--self-test]
# --self-test: checks a made-up tree with right and wrong comments.
set -euo pipefail
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

# check ROOT: the violations in ROOT's sources; none: prints nothing.
check() {
  (
    cd -- "$1"
    # shellcheck disable=SC2016  # the $ are for awk
    find src include tests bench examples -type f \
      \( -name '*.h' -o -name '*.cc' -o -name '*.inc' \) |
      LC_ALL=C sort | tr '\n' '\0' | xargs -0 awk '
    FNR == 1 { is_in_paragraph = 0 }
    {
      is_comment = sub(/^[ \t]*\/\/+[ \t]*/, "")
      if (is_comment && !is_in_paragraph &&
          match($0, /^(What|Of)([^A-Za-z]|$)/))
        print FILENAME ":" FNR ": a comment begins with \"" \
              substr($0, 1, /^What/ ? 4 : 2) "\""
      is_in_paragraph = is_comment && $0 != ""
    }'
  )
}

self_test() {
  local tree expected found
  tree=$(mktemp -d)
  # shellcheck disable=SC2064  # the folder of now
  trap "rm -rf '$tree'" EXIT
  # file PATH LINE...: makes a file of the tree.
  file() {
    mkdir -p "$tree/$(dirname "$1")"
    printf '%s\n' "${@:2}" >"$tree/$1"
  }
  mkdir -p "$tree/examples"
  # What is allowed; no line of these files may be reported.
  file src/util/good.cc '// Whatever the size is, it' '// Of all, holds.' \
    'int a = 0;  // What is behind code is not looked at.' \
    '// Offsets of the rows.' 'const char* text = "// What";' \
    '  // Returns the sum.' '  // What follows is a second line.'
  file tests/good.sh '// What' '# Of a script.'
  # What is not.
  file src/util/bad.h '// What a row holds.' '#pragma once' \
    '  // Of the rows that moved.' '//Of no space.' 'int a;' "  // What's left."
  file src/util/end.cc '// Of'
  file src/util/start.cc '// What a file begins with.'
  file include/slide/bad.h '// A file.' '//' '// What it holds.'
  file tests/util/bad.cc 'int a;' '/// Of three slashes.'
  file bench/bad.inc '' '// What: a colon.'

  expected='bench/bad.inc:2: a comment begins with "What"
include/slide/bad.h:3: a comment begins with "What"
src/util/bad.h:1: a comment begins with "What"
src/util/bad.h:3: a comment begins with "Of"
src/util/bad.h:6: a comment begins with "What"
src/util/end.cc:1: a comment begins with "Of"
src/util/start.cc:1: a comment begins with "What"
tests/util/bad.cc:2: a comment begins with "Of"'
  found=$(check "$tree")
  if [[ $found != "$expected" ]]; then
    echo "error: the made-up tree should give '<', it gives '>':" >&2
    diff <(echo "$expected") <(echo "$found") >&2 || true
    exit 1
  fi
  echo "comments: all $(wc -l <<<"$expected") violations of the made-up tree found"
}

case ${1-} in
  --self-test) self_test ;;
  '')
    violations=$(check .)
    if [[ $violations ]]; then
      printf '%s\n' "$violations"
      exit 1
    fi
    ;;
  *)
    echo "error: unknown argument '$1'; the only one is --self-test" >&2
    exit 2
    ;;
esac
