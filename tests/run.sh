#!/usr/bin/env bash
# Builds slide and runs all its tests; ends with ctest's summary.
set -euo pipefail

usage() {
  cat <<EOF
usage: tests/run.sh [--no-install] [PRESET]

Installs what is missing, builds in build/PRESET and runs the tests there.

PRESET, one of CMakePresets.json (default: release)
  dev      debug information, our own preconditions checked
  release  what users get
  ci       release with warnings as errors
  asan     AddressSanitizer and UndefinedBehaviorSanitizer, and the fuzz targets of
           what reads files, ten seconds each; built with clang
  tsan     ThreadSanitizer: the tests that use threads, built with clang
  aarch64  release for 64-bit ARM, built by a cross compiler and run under QEMU:
           the tests of reading and choosing; see tests/emulated_cpus.sh

--no-install  build with what is there, without looking for packages
--help        print this
EOF
}

preset=
install=yes
for argument in "$@"; do
  case $argument in
    --help | -h) usage && exit 0 ;;
    --no-install) install=no ;;
    dev | release | ci | asan | tsan | aarch64)
      if [[ $preset ]]; then
        echo "error: one preset at a time; see tests/run.sh --help" >&2
        exit 2
      fi
      preset=$argument
      ;;
    *)
      echo "error: '$argument' is no preset or option; see tests/run.sh --help" >&2
      exit 2
      ;;
  esac
done
preset=${preset:-release}

CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
source cmake/setup.sh

if [[ $install == yes ]]; then
  groups=(build tests)
  case $preset in
    asan | tsan) groups+=(clang) ;;
    aarch64) groups+=(aarch64) ;;
  esac
  install_packages "${groups[@]}"
  if [[ $preset == aarch64 ]]; then
    source cmake/sysroot.sh
    make_sysroot build/aarch64/sysroot arm64
  fi
fi
run_or_die "configuring build/$preset failed; CMake's output is above" \
  cmake --preset "$preset"
run_or_die "building build/$preset failed; the compiler's output is above" \
  cmake --build --preset "$preset"

run=()
if [[ $preset == asan || $preset == tsan ]]; then
  # The sanitizers want their shadow memory at fixed places, which a kernel
  # that randomises addresses widely may have taken.
  if setarch -R true 2>/dev/null; then run=(setarch -R); fi
fi
exec ${run[@]+"${run[@]}"} ctest --preset "$preset" --parallel "$(num_cores)" \
  --no-tests=error
