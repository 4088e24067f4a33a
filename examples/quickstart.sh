#!/usr/bin/env bash
# From a fresh checkout to a trained network and its predictions, in one go.
set -euo pipefail

usage() {
  cat <<EOF
usage: examples/quickstart.sh [--no-install] [FOLDER]

Installs what is missing, builds the slide command in FOLDER (default:
build/quickstart), trains it on data/debian-deps (guess what a Debian package
depends on from its words), and shows what it predicts for some packages it has
not seen.

--no-install  build with what is there, without looking for packages
--help        print this
EOF
}

install=yes
# A folder of its own: it needs no test libraries, and build/release keeps the
# options it was configured with.
build=build/quickstart
for argument in "$@"; do
  case $argument in
    --help | -h) usage && exit 0 ;;
    --no-install) install=no ;;
    -* | '')
      echo "error: unknown argument '$argument'; see examples/quickstart.sh --help" >&2
      exit 2
      ;;
    *) build=$argument ;;
  esac
done

CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
source cmake/setup.sh

data=data/debian-deps
slide=$build/bin/slide
model=$build/debian-deps.slide

for name in train test labels test-names; do
  [[ -e $data/$name.txt.gz ]] ||
    die "$data/$name.txt.gz is missing: this checkout is not complete"
done

echo "== Building the slide command in $build"
if [[ $install == yes ]]; then install_packages build; fi
run_or_die "configuring slide failed; CMake's output is above" \
  cmake --preset release -B "$build" \
  -DSLIDE_BUILD_TESTS=OFF -DSLIDE_BUILD_BENCHES=OFF \
  -DSLIDE_BUILD_EXAMPLES=OFF -DSLIDE_INSTALL=OFF
run_or_die "building slide failed; the compiler's output is above" \
  cmake --build "$build" --target slide_cli

echo
echo "== Training on $data"
train=("$slide" train "$data/train.txt.gz" --test "$data/test.txt.gz"
  --model "$model")
echo "${train[*]}"
run_or_die "training failed; the reason is above" "${train[@]}"

echo
echo "== The likeliest dependencies of five packages it has not seen"
predict=("$slide" predict "$model" "$data/test.txt.gz" --top-k 5 --limit 5
  --names "$data/test-names.txt.gz" --labels "$data/labels.txt.gz")
echo "${predict[*]}"
run_or_die "predicting failed; the reason is above" "${predict[@]}"

cat <<EOF

Next, in $PWD:
  $slide train TRAIN.txt --test TEST.txt --model OUT.slide    (your own data)
  $slide train --help    (the common options)
EOF
