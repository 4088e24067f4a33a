#!/usr/bin/env bash
# Runs tests and the slide command on processors that this machine is not, under
# QEMU. Each makes Highway choose another of the instruction sets that the
# kernels are compiled for, and ends whatever uses more than it has with an
# illegal instruction.
set -euo pipefail

usage() {
  cat <<EOT
usage: tests/emulated_cpus.sh PRESET

Expects a finished build of PRESET: aarch64 is run on ARM processors, every
other preset on older x86-64 ones.
EOT
}

case ${1-} in
  --help | -h) usage && exit 0 ;;
  '' | -*) usage >&2 && exit 2 ;;
esac
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
source cmake/setup.sh
build=build/$1

# QEMU's name of a processor; the instruction sets of which one must be chosen
# there: what the lowest is depends on Highway's version and compiler; which
# tests run, and of which layers. All that is vectorized is a kernel: one ARM
# processor is enough for the layers above, and one of each architecture for the
# tests that are the same on each. AVX2's kernels are those of the asan preset,
# which run without emulation.
if [[ $1 == aarch64 ]]; then
  qemu=(qemu-aarch64 -L "$build/sysroot")
  cpus=("cortex-a72 NEON * kernels" "cortex-a76 NEON * hashing nn"
    "a64fx SVE */SVE kernels"
    "max,sve-default-vector-length=16 SVE2_128 */SVE2_128 kernels")
elif [[ $(uname -m) == x86_64 ]]; then
  qemu=(qemu-x86_64)
  cpus=("qemu64 SCALAR|EMU128|SSE2 * kernels" "Westmere SSE4 */SSE4 kernels"
    "Haswell AVX2 *")
else
  echo "not an x86-64 machine: left out"
  exit 0
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# make_samples NUMBER: a data set in which one feature tells the label.
make_samples() {
  local i label
  echo "$1 50 20"
  for ((i = 0; i < $1; ++i)); do
    label=$((i * 7 % 20))
    echo "$label $label:1 $((20 + i % 11)):0.5 $((31 + i % 19)):0.25"
  done
}

# Statistics of whole hash functions take a minute and more, and the kernels'
# references are plain C++.
left_out="*Reference.*:SimHash.Agreement*:SimHash.EveryAddressIsReached"
left_out+=":HitCounts.CountsEachIdOnce*:MinHash.CodesAgree*"

# run_on CPU SETS TESTS LAYER...: the tests of these layers, and a training.
run_on() {
  local start=$SECONDS cpu=$1 sets=$2 tests=$3 chosen layer test
  shift 3
  local on_cpu=("${qemu[@]}" -cpu "$cpu") folder=$scratch/$cpu
  mkdir "$folder"
  export TEST_TMPDIR=$folder  # tests of the same name run at the same time
  chosen=$("${on_cpu[@]}" "$build/bin/slide" info --json |
    sed -n 's/.*"simd_target": *"\([^"]*\)".*/\1/p')
  [[ $chosen =~ ^($sets)$ ]] ||
    die "the kernels run on '$chosen', and $sets is expected"
  for layer in "$@"; do
    for test in "$build/tests/$layer"_*tests; do
      "${on_cpu[@]}" "$test" --gtest_brief=1 --gtest_filter="$tests-$left_out"
    done
  done
  "${on_cpu[@]}" "$build/bin/slide" train "$scratch/train.txt" --threads 2 \
    --hidden 16 --tables 10 --model "$folder/model"
  "${on_cpu[@]}" "$build/bin/slide" predict "$folder/model" \
    "$scratch/test.txt" --top-k 1 --output "$folder/predictions"
  # 400 samples of 20 labels are enough to learn all of it.
  diff <(tail -n +2 "$scratch/test.txt" | cut -d ' ' -f 1) \
    <(cut -d : -f 1 "$folder/predictions")
  printf '%s: %s, %d s\n' "$cpu" "$chosen" $((SECONDS - start)) \
    >"$folder/summary"
}

make_samples 400 >"$scratch/train.txt"
make_samples 100 >"$scratch/test.txt"
jobs=()
for line in "${cpus[@]}"; do
  read -r cpu sets tests layers <<<"$line"
  # shellcheck disable=SC2086  # a word for each layer
  (run_on "$cpu" "$sets" "$tests" $layers) >"$scratch/$cpu.log" 2>&1 &
  jobs+=($!)
done
status=0
for i in "${!jobs[@]}"; do
  cpu=${cpus[i]%% *}
  if wait "${jobs[i]}"; then
    cat "$scratch/$cpu/summary"
  else
    status=1
    cat "$scratch/$cpu.log"
    echo "error: failed on $cpu; its output is above" >&2
  fi
done
exit "$status"
