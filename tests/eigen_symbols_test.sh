#!/usr/bin/env bash
# Holds that no file compiled for one instruction set (src/kernels/eigen_products_*)
# gives the linker a function that code for a lesser CPU could share: every weak
# symbol is in a namespace of its own. Prints `file: symbol` for every other one.
#
# usage: eigen_symbols_test.sh OBJECT...   (those of other sources are passed over)
set -euo pipefail

num=0
shared=""
for object; do
  [[ $object == */eigen_products_*.o ]] || continue
  num=$((num + 1))
  name=$(basename "$object")
  name=${name#eigen_products_}
  name=${name%%.*}
  # DW.ref...: a pointer to the exception handler, the same for every CPU.
  shared+=$(nm -C "$object" |
    awk -v own="slide_eigen_$name::" -v file="$(basename "$object")" '
      $2 ~ /^[WVuvw]$/ && index($0, own) == 0 && $3 !~ /^DW\.ref\./ {
        $1 = $2 = ""
        print file ":" $0
      }')
done
if ((num == 0)); then
  echo "error: got no object of eigen_products_*, expected some" >&2
  exit 2
fi
if [[ $shared ]]; then
  printf '%s\n' "$shared"
  exit 1
fi
