# Sourced after cmake/setup.sh: the libraries for a cross-build, in a folder of
# the project instead of the system. A foreign architecture added to the system
# would outlive the project, and the versions of both have to agree there.
# shellcheck shell=bash

# make_sysroot FOLDER ARCHITECTURE: unpacks the libraries of the groups build
# and tests for another Debian architecture; needs no root. apt uses its own
# mirrors and keys, but a state under FOLDER: that of a machine of the other
# architecture where nothing is installed.
make_sysroot() {
  local folder=$1 architecture=$2 apt log=build/setup.log
  local state=$PWD/$folder.apt new=$folder.new
  local words word packages=()
  words="$(packages_of build) $(packages_of tests)"
  for word in $words; do
    if [[ $word != *:* ]]; then packages+=("$word"); fi
  done
  if [[ -e $folder/packages &&
    $(<"$folder/packages") == "${packages[*]}" ]]; then
    return
  fi
  command -v apt-get >/dev/null ||
    die "the libraries for $architecture are Debian's, and this system has no apt-get"

  echo "Unpacking libraries for $architecture in $folder"
  rm -rf "$folder" "$new" "$state"
  mkdir -p "$new" "$state"/{lists,archives}/partial
  : >"$state/status"
  apt=(apt-get -o "APT::Architecture=$architecture"
    -o "APT::Architectures=$architecture" -o Acquire::Languages=none
    -o "Dir::State=$state" -o "Dir::State::status=$state/status"
    -o "Dir::Cache=$state" -o APT::Sandbox::User=)
  if ! {
    "${apt[@]}" update || true
    "${apt[@]}" install --yes --no-install-recommends --download-only \
      "${packages[@]}"
  } >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    die "apt-get could not fetch libraries for $architecture, which not every mirror has; the end of $log is above"
  fi
  for word in "$state"/archives/*.deb; do
    run_or_die "cannot unpack $word" dpkg-deb --extract "$word" "$new"
  done
  # A link to /lib would lead out of the folder.
  find "$new" -type l -lname '/*' -print0 |
    while IFS= read -r -d '' word; do
      ln -snfr "$new$(readlink "$word")" "$word"
    done
  echo "${packages[*]}" >"$new/packages"
  mv "$new" "$folder"
  rm -rf "$state"
}
