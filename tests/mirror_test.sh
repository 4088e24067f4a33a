#!/usr/bin/env bash
# Holds that tests mirror sources: src/nn/loss.cc has tests/nn/loss_test.cc, and
# so has a header without a .cc beside it. Exceptions are listed below, each
# with its reason. And that a test's namespace ends with the name of its file, so
# that files compiled together do not share helpers' names. Prints `file: what`
# for every file that breaks the rule.
#
# usage: mirror_test.sh [--self-test]
# --self-test: checks a made-up tree in which every rule is broken.
set -euo pipefail
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

# Sources without a test of their name: `path: reason`; a * in a path stands for
# any characters, and a path of no source does no harm. The one test of a kernel
# serves its vector, scalar and relaxed versions. src/cli is left out as a whole:
# tests/cli runs its commands as processes.
exceptions='
src/data/cache_format.h: names the sections of a cache, nothing else
src/data/cache_writer.cc: dataset_cache_test reads what it writes
src/eval/label_tally.h: label_metrics_test counts with it
src/eval/label_thresholds.cc: calibrate_test compares it with every threshold
src/eval/sample_blocks.h: evaluate_test and calibrate_test run by it
src/eval/score_visit.h: calibrate_test compares what follows from it
src/eval/set_counter.h: a part of evaluate.cc
src/kernels/eigen_products*: products_test runs them where the CPU has their instructions
src/kernels/kernels.h: declares the kernels, each tested by its own name
src/kernels/matrix.h: plain data
src/kernels/native_bf16.cc: rows_test runs it where the CPU has it
src/kernels/relaxed.cc: the tests of the kernels run it in builds that select it
src/kernels/row_memory-inl.h: a fragment of the row kernels, one per target
src/kernels/row_rules-inl.h: a fragment of the row kernels, one per target
src/kernels/scalar.h: elementwise_test and the like compare kernels with it
src/kernels/scalar_rows.h: rows_test and the like compare kernels with it
src/kernels/vector-inl.h: a fragment of the kernels, one per target
src/kernels/onednn_products.cc: products_test runs it in builds that select it
src/nn/network_access.h: opens a Network to the library, without logic
src/nn/sparse_part_io.cc: network_io_test stores, opens and damages sparse parts
src/options/*_options.cc: tables, all of which fields_test walks
src/options/size_rules.h: defaults_test has the rules, by what they do
src/predict/cutoffs.cc: predict_test compares its sets
src/sampling/candidate_source.h: an interface
src/text/known_text.cc: model_data_test reads by it
src/text/sample_stream.cc: reads the standard input; predict_stream_test of the command talks to it
src/train/training_run.cc: trainer_test, resume_test and comparison_test run it
'

# check ROOT EXCEPTIONS: the violations in ROOT/src and ROOT/tests; none: prints
# nothing.
check() {
  local line pattern source path
  local -a patterns=()
  while IFS= read -r line; do
    [[ $line ]] || continue
    pattern=${line%%:*}
    if [[ $line != "$pattern: "?* ]]; then
      echo "$pattern: the exception has no reason"
    elif [[ -f $(test_of "$1" "$pattern") ]]; then
      echo "$pattern: has a test and needs no exception"
    fi
    patterns+=("$pattern")
  done <<<"$2"
  (cd -- "$1" && find src -type f \( -name '*.cc' -o -name '*.h' \) \
    -not -path 'src/cli/*' | LC_ALL=C sort) |
    while IFS= read -r source; do
      # A header is tested with its .cc.
      [[ $source != *.h || ! -f $1/${source%.h}.cc ]] || continue
      [[ ! -f $(test_of "$1" "$source") ]] || continue
      for pattern in "${patterns[@]}"; do
        # shellcheck disable=SC2053  # a pattern
        [[ $source != $pattern ]] || continue 2
      done
      path=$(test_of . "$source")
      echo "$source: got no ${path#./}, expected one (or an exception with a" \
        "reason in tests/mirror_test.sh)"
    done
  (cd -- "$1" && find tests -name '*_test.cc' | LC_ALL=C sort) |
    while IFS= read -r source; do
      path=$(basename "$source" .cc)
      grep -q "^namespace slide::.*\b$path {" "$1/$source" ||
        echo "$source: got no namespace slide::...::$path, expected one"
    done
}

# test_of ROOT SOURCE: the test that mirrors a source.
test_of() {
  local path=${2#src/}
  echo "$1/tests/${path%.*}_test.cc"
}

self_test() {
  local tree expected found listed
  tree=$(mktemp -d)
  # shellcheck disable=SC2064  # the folder of now
  trap "rm -rf '$tree'" EXIT
  # file PATH...: makes files of the tree, with nothing but their namespace.
  file() {
    local path
    for path; do
      mkdir -p "$tree/$(dirname "$path")"
      echo "namespace slide::$(basename "$path" .cc) {}" >"$tree/$path"
    done
  }
  # These follow the rule; none of them may be reported.
  file src/nn/loss.cc src/nn/loss.h tests/nn/loss_test.cc
  file src/util/rng.h tests/util/rng_test.cc
  file src/cli/main.cc src/cli/progress.h
  file src/sampling/candidate_source.h
  file src/options/a_options.cc src/options/b_options.cc
  file tests/train/learning_test.cc
  # These break it.
  file src/nn/step.cc src/nn/step.h
  file src/nn/activation.h src/options/words.cc
  file src/util/aligned.cc tests/nn/aligned_test.cc
  file src/data/show.h src/data/dataset.cc tests/data/dataset_test.cc
  file tests/train/order_test.cc
  echo 'namespace slide::train {}' >"$tree/tests/train/order_test.cc"
  listed='
src/sampling/candidate_source.h: an interface
src/nn/sparse_part_io.cc: network_io_test stores, opens and damages sparse parts
src/options/*_options.cc: tables
src/data/show.h:
src/data/gone.cc: was taken out
src/data/dataset.cc: has one by now'

  expected='src/data/show.h: the exception has no reason
src/data/dataset.cc: has a test and needs no exception
src/nn/activation.h: got no tests/nn/activation_test.cc, expected one (or an exception with a reason in tests/mirror_test.sh)
src/nn/step.cc: got no tests/nn/step_test.cc, expected one (or an exception with a reason in tests/mirror_test.sh)
src/options/words.cc: got no tests/options/words_test.cc, expected one (or an exception with a reason in tests/mirror_test.sh)
src/util/aligned.cc: got no tests/util/aligned_test.cc, expected one (or an exception with a reason in tests/mirror_test.sh)
tests/train/order_test.cc: got no namespace slide::...::order_test, expected one'
  found=$(check "$tree" "$listed")
  if [[ $found != "$expected" ]]; then
    echo "error: the made-up tree should give '<', it gives '>':" >&2
    diff <(echo "$expected") <(echo "$found") >&2 || true
    exit 1
  fi
  echo "mirror: all $(wc -l <<<"$expected") violations of the made-up tree found"
}

case ${1-} in
  --self-test) self_test ;;
  '')
    violations=$(check . "$exceptions")
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
