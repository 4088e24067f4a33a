#!/usr/bin/env bash
# From text with labels to a trained network and predictions for new text.
# docs/text.md goes through it.
set -euo pipefail

usage() {
  cat <<EOF
usage: examples/text.sh [--no-install]

Installs what is missing (of data: the Debian package wordnet-base), builds the
slide command in build/quickstart, and learns from the definitions of WordNet
what kind of thing a text defines. Its files are in build/text.

--no-install  build with what is there, without looking for packages
--help        print this
EOF
}

install=yes
for argument in "$@"; do
  case $argument in
    --help | -h) usage && exit 0 ;;
    --no-install) install=no ;;
    *)
      echo "error: unknown argument '$argument'; see examples/text.sh --help" >&2
      exit 2
      ;;
  esac
done

CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
source cmake/setup.sh

nouns=/usr/share/wordnet/data.noun
build=build/quickstart
slide=$build/bin/slide
dir=build/text

# run COMMAND...: shows the command, then runs it.
run() {
  printf '\n%s\n' "$*"
  run_or_die "the command failed; the reason is above" "$@"
}

echo "== Building the slide command in $build"
if [[ $install == yes ]]; then install_packages build text; fi
[[ -e $nouns ]] ||
  die "$nouns is missing; on Debian and Ubuntu the package wordnet-base has it"
run_or_die "configuring slide failed; CMake's output is above" \
  cmake --preset release -B "$build" \
  -DSLIDE_BUILD_TESTS=OFF -DSLIDE_BUILD_BENCHES=OFF \
  -DSLIDE_BUILD_EXAMPLES=OFF -DSLIDE_INSTALL=OFF
run_or_die "building slide failed; the compiler's output is above" \
  cmake --build "$build" --target slide_cli

echo
echo "== Definitions, a line each: labels, a tab, text"
mkdir -p "$dir"
awk -v train="$dir/train.tsv" -v test="$dir/test.tsv" \
  -v names="$dir/test-names.txt" -f examples/text.awk "$nouns"
wc -l "$dir/train.tsv" "$dir/test.tsv"
sed -n 5000,5002p "$dir/train.tsv"

echo
echo "== Training"
run "$slide" train "$dir/train.tsv" --test "$dir/test.tsv" --bigrams \
  --model "$dir/model.slide"

echo
echo "== Definitions it has not seen, each behind the word that it defines"
run "$slide" predict "$dir/model.slide" "$dir/test.tsv" --limit 5 --top-k 3 \
  --names "$dir/test-names.txt"

echo
echo "== New text"
cat >"$dir/new.txt" <<EOF
a small wild dog of the desert
a stringed instrument played with a bow
someone who repairs old clocks
inflammation of the inner ear
a city in northern Italy
a dish of rice and seafood
EOF
run "$slide" predict "$dir/model.slide" "$dir/new.txt" --top-k 3 \
  --names "$dir/new.txt" --show-features 2
