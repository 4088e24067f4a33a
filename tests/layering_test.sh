#!/usr/bin/env bash
# Holds the layering by the #include lines: which layer may see which, what a
# public header may show, and which files alone may start threads, include Highway, Eigen
# or intrinsics. Prints `file:line: what` for every line that breaks a rule.
#
# usage: layering_test.sh [--self-test]
# --self-test: checks a made-up tree in which every rule is broken.
set -euo pipefail
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

# check ROOT: the violations in ROOT/include and ROOT/src; none: prints nothing.
check() {
  (
    cd -- "$1"
    # shellcheck disable=SC2016  # the $ are for awk
    find include src -type f \( -name '*.h' -o -name '*.cc' -o -name '*.inc' \) |
      LC_ALL=C sort | tr '\n' '\0' | xargs -0 awk '
    BEGIN {
      allowed["util"] = " util "
      allowed["options"] = " util options "
      allowed["kernels"] = " util options kernels "
      allowed["hashing"] = " util options kernels hashing "
      allowed["data"] = " util options data "
      allowed["text"] = " util options data text "
      allowed["synth"] = " util options data synth "
      allowed["sampling"] = " util options kernels hashing sampling "
      allowed["nn"] = " util options kernels hashing sampling nn "
      allowed["predict"] = " util options data kernels hashing sampling nn " \
                           "predict "
      allowed["eval"] = allowed["predict"] "eval "
      allowed["train"] = allowed["eval"] "train "
      allowed["cli"] = " cli "
    }
    function report(what) { print FILENAME ":" FNR ": " what }
    FNR == 1 {
      split(FILENAME, part, "/")
      public = part[1] == "include"
      layer = part[2]
      if (!public && !(layer in allowed)) report("src/" layer " is no layer")
    }
    /^[ \t]*#[ \t]*include[ \t]*[<"]/ {
      rest = $0
      sub(/^[ \t]*#[ \t]*include[ \t]*/, "", rest)
      quoted = substr(rest, 1, 1) == "\""
      name = substr(rest, 2)
      sub(/[>"].*/, "", name)
      top = index(name, "/") ? substr(name, 1, index(name, "/") - 1) : ""

      if (name ~ /(^|\/)\.\.?\//)
        report("\"" name "\": paths start at src/ or include/")
      else if (name ~ /intrin\.h$/ || name ~ /(^|\/)arm_[a-z0-9_]+\.h$/) {
        # See there why it may.
        if (FILENAME != "src/kernels/native_bf16.cc")
          report("<" name ">: instruction sets are left to Highway")
      }
      else if (top == "slide") {
        # Every file may include a public header.
      } else if (public) {
        if (quoted || name !~ /^[a-z_]+$/)
          report(name ": public headers include the standard library and " \
                 "slide/ only")
      } else if (name == "thread" || name == "future") {
        if (FILENAME !~ /^src\/(util\/thread_team\.cc|train\/rebuilder\.h)$/)
          report("<" name ">: only ThreadTeam and Rebuilder start threads")
      } else if (top == "hwy") {
        if (layer != "kernels")
          report(name ": only src/kernels includes Highway")
      } else if (top == "Eigen") {
        if (FILENAME != "src/kernels/eigen_products-inl.h")
          report(name ": only src/kernels/eigen_products-inl.h includes Eigen")
      } else if (top in allowed) {
        if (layer in allowed && !index(allowed[layer], " " top " "))
          report("layer " layer " may not include " name)
      }
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
  # What is allowed; no line of these files may be reported.
  file include/slide/good.h '#pragma once' '#include <cstdint>' \
    '#include "slide/sparse.h"'
  file src/util/thread_team.cc '#include <thread>' '#include "util/rng.h"'
  file src/train/rebuilder.h '#include <future>'
  file src/kernels/vector.cc '#include "hwy/highway.h"' \
    '#include <hwy/foreach_target.h>' '#include HWY_TARGET_INCLUDE'
  file src/hashing/good.cc '#include "kernels/kernels.h"' '#include <vector>'
  file src/train/good.cc '#include "data/reader.h"' '#include "nn/layer.h"' \
    '// #include "cli/report.h" is not to be seen'
  file src/kernels/eigen_products-inl.h '#include <Eigen/Core>'
  file src/cli/good.cc '#include "cli/report.h"' '#include "slide/trainer.h"' \
    '#include <nlohmann/json.hpp>'
  # What is not.
  file include/slide/bad.h '#pragma once' '#include <omp.h>' \
    '#include <Eigen/Core>' '#include "hwy/highway.h"' \
    '#include <nlohmann/json.hpp>' '#include "fmt/format.h"' \
    '#include "nn/layer.h"' '#include "sparse.h"' '#include <stdint.h>'
  file src/cli/bad.cc '#include "train/schedule.h"' '#include "util/rng.h"' \
    '#include "text/vocabulary.h"' '#include "synth/tally.h"'
  file src/data/bad.cc '#include "kernels/kernels.h"' \
    '#include "text/tokenizer.h"'
  file src/hashing/bad.h '' '#  include  "nn/layer.h"' '#include <hwy/base.h>'
  file src/kernels/bad.cc '#include "hashing/simhash.h"' \
    '#include <immintrin.h>' '#include <arm_neon.h>'
  file src/nn/bad.cc '#include "train/schedule.h"' '#include "text/tokenizer.h"' \
    '#include "../train/schedule.h"' '#include "nn/../train/schedule.h"' \
    '#include <Eigen/Core>'
  file src/train/bad.cc '#include "cli/report.h"' '#include <thread>' \
    '#include <future>'
  file src/synth/bad.cc '#include "text/vocabulary.h"' '#include "nn/layer.h"'
  file src/text/bad.cc '#include "synth/tally.h"' '#include "train/schedule.h"'
  file src/util/bad.h '#include "kernels/kernels.h"' '#include <x86intrin.h>'
  file src/misc/bad.cc '#include <vector>'

  expected='include/slide/bad.h:2: omp.h: public headers include the standard library and slide/ only
include/slide/bad.h:3: Eigen/Core: public headers include the standard library and slide/ only
include/slide/bad.h:4: hwy/highway.h: public headers include the standard library and slide/ only
include/slide/bad.h:5: nlohmann/json.hpp: public headers include the standard library and slide/ only
include/slide/bad.h:6: fmt/format.h: public headers include the standard library and slide/ only
include/slide/bad.h:7: nn/layer.h: public headers include the standard library and slide/ only
include/slide/bad.h:8: sparse.h: public headers include the standard library and slide/ only
include/slide/bad.h:9: stdint.h: public headers include the standard library and slide/ only
src/cli/bad.cc:1: layer cli may not include train/schedule.h
src/cli/bad.cc:2: layer cli may not include util/rng.h
src/cli/bad.cc:3: layer cli may not include text/vocabulary.h
src/cli/bad.cc:4: layer cli may not include synth/tally.h
src/data/bad.cc:1: layer data may not include kernels/kernels.h
src/data/bad.cc:2: layer data may not include text/tokenizer.h
src/hashing/bad.h:2: layer hashing may not include nn/layer.h
src/hashing/bad.h:3: hwy/base.h: only src/kernels includes Highway
src/kernels/bad.cc:1: layer kernels may not include hashing/simhash.h
src/kernels/bad.cc:2: <immintrin.h>: instruction sets are left to Highway
src/kernels/bad.cc:3: <arm_neon.h>: instruction sets are left to Highway
src/misc/bad.cc:1: src/misc is no layer
src/nn/bad.cc:1: layer nn may not include train/schedule.h
src/nn/bad.cc:2: layer nn may not include text/tokenizer.h
src/nn/bad.cc:3: "../train/schedule.h": paths start at src/ or include/
src/nn/bad.cc:4: "nn/../train/schedule.h": paths start at src/ or include/
src/nn/bad.cc:5: Eigen/Core: only src/kernels/eigen_products-inl.h includes Eigen
src/synth/bad.cc:1: layer synth may not include text/vocabulary.h
src/synth/bad.cc:2: layer synth may not include nn/layer.h
src/text/bad.cc:1: layer text may not include synth/tally.h
src/text/bad.cc:2: layer text may not include train/schedule.h
src/train/bad.cc:1: layer train may not include cli/report.h
src/train/bad.cc:2: <thread>: only ThreadTeam and Rebuilder start threads
src/train/bad.cc:3: <future>: only ThreadTeam and Rebuilder start threads
src/util/bad.h:1: layer util may not include kernels/kernels.h
src/util/bad.h:2: <x86intrin.h>: instruction sets are left to Highway'
  found=$(check "$tree")
  if [[ $found != "$expected" ]]; then
    echo "error: the made-up tree should give '<', it gives '>':" >&2
    diff <(echo "$expected") <(echo "$found") >&2 || true
    exit 1
  fi
  echo "layering: all $(wc -l <<<"$expected") violations of the made-up tree found"
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
