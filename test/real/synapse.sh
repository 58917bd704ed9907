#!/usr/bin/env bash
# A real Matrix homeserver for tests: Synapse from Debian, in a cache folder, without root.
#
#   synapse.sh install [--force]   does nothing when it is there already
#   synapse.sh folder              prints where it is, or will be
#   synapse.sh run WORD...         becomes Synapse (same pid) with these words
#
# No container, no chroot, no maintainer scripts, nothing from PyPI. An apt state of its own resolves and
# verifies matrix-synapse with everything it depends on, libc included; the packages are unpacked, and
# Synapse runs through the loader and the Python found there. Removing the folder removes everything.
#
# Exit status: 0 done, 1 failed (with a reason), 2 wrong usage. Environment, all optional:
#   SYNAPSE_DIR      the folder (default ${XDG_CACHE_HOME:-$HOME/.cache}/tocsin/synapse)
#   SYNAPSE_MIRROR   Debian mirror (default: those in this machine's apt sources, in their order)
#   SYNAPSE_SUITE    suite that carries matrix-synapse (default sid)
#   SYNAPSE_KEYRING  keyring that signs it (default: the installed Debian archive keyring)
set -u -o pipefail
umask 022

package=matrix-synapse
suite=${SYNAPSE_SUITE:-sid}
dir=${SYNAPSE_DIR:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/tocsin/synapse}
rootfs=$dir/rootfs

note() { printf 'synapse: %s\n' "$*" >&2; }
die() { note "$*"; exit 1; }
need() { local c; for c in "$@"; do command -v "$c" >/dev/null || die "'$c' is needed and was not found"; done; }

# The folder's name goes into apt.conf and a library path, where these characters need no quoting.
check_folder() { [[ $dir =~ ^/[A-Za-z0-9._/@+-]+$ ]] || die "'$dir' must be an absolute path of A-Z a-z 0-9 . _ @ + - /: set SYNAPSE_DIR"; }

# ---------------------------------------------------------------- the private Python

# python_in ROOTFS: sets python, the words that run it with nothing of this machine's own.
python_in() {
  local loader='' l bin
  for l in "$1"/usr/lib/*-linux-gnu*/ld-linux*.so.*; do [ -x "$l" ] && loader=$l && break; done
  [ -n "$loader" ] && bin=$(readlink -f "$1/usr/bin/python3") && [ -x "$bin" ] || return 1
  l=${loader%/*}
  python=(env -i PATH=/usr/bin:/bin LANG=C.UTF-8 "HOME=$dir" "PYTHONHOME=$1/usr" PYTHONNOUSERSITE=1
    OPENSSL_CONF=/dev/null "OPENSSL_MODULES=$l/ossl-modules"
    "$loader" --inhibit-cache --library-path "$l:$1/lib/${l##*/}:$1/usr/lib" "$bin")
}

installed() { [ -f "$rootfs/.complete" ] && python_in "$rootfs"; }

# ---------------------------------------------------------------- apt with a state of its own

# Mirrors of the release this machine runs, from both forms of apt's sources; security archives left out.
mirrors() {
  local file codename
  if [ -n "${SYNAPSE_MIRROR:-}" ]; then printf '%s\n' "$SYNAPSE_MIRROR"; return; fi
  codename=$(. /etc/os-release 2>/dev/null; printf '%s' "${VERSION_CODENAME:-}")
  {
    for file in /etc/apt/sources.list.d/*.sources; do
      [ -r "$file" ] && awk -v want="$codename" '
        function flush(  i, n, u) {
          if (types ~ /(^| )deb( |$)/ && tolower(enabled) !~ /no|false|off|0/ &&
              (want == "" || (" " suites " ") ~ (" " want "[/ ]"))) {
            n = split(uris, u, " "); for (i = 1; i <= n; i++) print u[i] }
          types = uris = suites = enabled = field = "" }
        function add(value) { gsub(/[ \t]+/, " ", value)
          if (field == "types") types = types " " value; else if (field == "uris") uris = uris " " value
          else if (field == "suites") suites = suites " " value; else if (field == "enabled") enabled = enabled value }
        /^[ \t]*$/ { flush(); next }
        /^#/ { next }
        /^[^ \t:]+:/ { field = tolower($0); sub(/:.*/, "", field); line = $0; sub(/^[^:]*:[ \t]*/, "", line); add(line); next }
        { add($0) }
        END { flush() }' "$file"
    done
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
      [ -r "$file" ] && awk -v want="$codename" '
        $1 == "deb" { sub(/\[[^]]*\]/, ""); if (want == "" || $3 == want) print $2 }' "$file"
    done
  } | grep -v -i security | awk '!seen[$0]++'
}

# apt_state FOLDER MIRROR SUITE KEYRING: shares nothing with this machine's apt but its proxy settings.
apt_state() {
  local a=$1 arch
  arch=$(dpkg --print-architecture) || die "dpkg cannot tell this machine's architecture"
  mkdir -p "$a"/etc/{conf,sources} "$a"/state/lists/partial "$a"/cache/archives/partial "$a"/log || return 1
  : >"$a/state/status"
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' "$2" "$3" "$4" >"$a/etc/sources/synapse.sources"
  (
    umask 077 # a proxy setting may hold a password
    cat >"$a/apt.conf" <<CONF
Dir::Etc::main "/dev/null";
Dir::Etc::parts "$a/etc/conf";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$a/etc/sources";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "$a/etc/conf";
Dir::State "$a/state";
Dir::State::status "$a/state/status";
Dir::Cache "$a/cache";
Dir::Log "$a/log";
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Install-Recommends "false";
APT::Install-Suggests "false";
APT::Sandbox::User "";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
Acquire::Check-Date "false";
Acquire::Retries "3";
CONF
    apt-config dump 2>/dev/null | grep -E '^Acquire::(http|https|socks|ForceIPv[46])(::| )' >>"$a/apt.conf"
    true
  )
}
apt_in() { local a=$1; shift; APT_CONFIG=$a/apt.conf DEBIAN_FRONTEND=noninteractive apt-get "$@" </dev/null; }

keyring_on_disk() {
  local file
  for file in "${SYNAPSE_KEYRING:-}" /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
    if [ -n "$file" ] && [ -r "$file" ]; then printf '%s' "$file"; return; fi
  done
  die "no Debian archive keyring here (package debian-archive-keyring): install it, or set SYNAPSE_KEYRING"
}

# newer_keyring MIRROR KEYRING LOG: of a younger suite that the installed keyring can still verify.
newer_keyring() {
  local b=$dir/apt-keyring younger file
  for younger in testing stable; do
    rm -rf "$b"
    apt_state "$b" "$1" "$younger" "$2" && apt_in "$b" update >>"$3" 2>&1 || continue
    (cd "$b" && apt_in "$b" download debian-archive-keyring) >>"$3" 2>&1 || continue
    dpkg-deb -x "$b"/debian-archive-keyring_*.deb "$b/x" >>"$3" 2>&1 || continue
    for file in "$b"/x/usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
      if [ -r "$file" ]; then printf '%s' "$file"; return; fi
    done
  done
  return 1
}

# Leaves a verified index of the suite in $dir/apt.
index() {
  local a=$dir/apt log=$dir/apt.log mirror keyring newer
  keyring=$(keyring_on_disk) || exit 1
  : >"$log"
  while IFS= read -r mirror; do
    apt_state "$a" "$mirror" "$suite" "$keyring" && apt_in "$a" update >>"$log" 2>&1 && return
    grep -qE 'NO_PUBKEY|not signed|EXPKEYSIG|Missing key' "$log" || continue
    newer=$(newer_keyring "$mirror" "$keyring" "$log") || continue
    apt_state "$a" "$mirror" "$suite" "$newer" && apt_in "$a" update >>"$log" 2>&1 && return
  done < <(mirrors)
  grep -E '^(E|W|Err)' "$log" | head -n 4 >&2
  die "no mirror gave a verified index of $suite (all of apt's output: $log; see SYNAPSE_MIRROR, SYNAPSE_KEYRING)"
}

download() {
  local wanted
  apt_in "$dir/apt" -y --download-only install "$package" >>"$dir/apt.log" 2>&1 || {
    grep -A12 -E '^(E:|The following packages have unmet)' "$dir/apt.log" | tail -n 16 >&2
    die "apt cannot get $package from $suite (all of its output: $dir/apt.log)"
  }
  wanted=$(apt_in "$dir/apt" -s install "$package" 2>/dev/null | grep -c '^Inst ')
  [ "$(find "$debs" -maxdepth 1 -name '*.deb' | wc -l)" -ge "$wanted" ] || die "fewer packages in $debs than the $wanted wanted"
}

# ---------------------------------------------------------------- the three verbs

unpack() { # into $1
  local d
  mkdir -p "$1/usr"/{bin,sbin,lib,lib64} || die "cannot write in $dir"
  for d in bin sbin lib lib64; do ln -s "usr/$d" "$1/$d"; done
  for d in "$debs"/*.deb; do
    # dpkg-deb -x would replace the four links above where an old package ships /lib.
    dpkg-deb --fsys-tarfile "$d" | tar -x -C "$1" --keep-directory-symlink --no-same-owner \
      --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' \
      --exclude='./usr/share/info/*' --exclude='./usr/share/lintian/*' --exclude='./var/cache/*' ||
      die "cannot unpack ${d##*/}"
  done
  find "$1" -xdev -type f -perm /6000 -exec chmod ug-s {} +
}

install_synapse() {
  local free new=$dir/rootfs.new version
  need apt-get apt-config dpkg dpkg-deb flock tar find awk
  mkdir -p -- "$dir" || die "cannot create $dir"
  exec 9>"$dir/.lock" && flock -w 900 9 || die "another installation holds $dir/.lock"
  [ "${1:-}" = --force ] || ! installed || return 0
  free=$(df -Pm "$dir" | awk 'NR == 2 {print $4}')
  [ "${free:-0}" -ge 700 ] || die "only ${free:-?} MiB free at $dir; 700 needed"
  rm -rf -- "$new" "$dir/apt"
  index
  debs=$dir/apt/cache/archives
  download
  unpack "$new"
  # Compiles whatever it imports on the way.
  python_in "$new" && version=$("${python[@]}" -c 'import synapse.app.homeserver, synapse, sqlite3, ssl; print(synapse.__version__)' 2>"$dir/import.log") ||
    die "Synapse does not import from $new (log: $dir/import.log)"
  : >"$new/.complete"
  rm -rf -- "$rootfs" && mv -- "$new" "$rootfs" || die "cannot put $rootfs in place"
  rm -rf -- "$dir/apt" "$dir/apt-keyring" "$dir/apt.log" "$dir/import.log"
  note "Synapse $version in $dir"
}

verb=${1:-}
[ $# -eq 0 ] || shift
case $verb in
  folder) printf '%s\n' "$dir" ;;
  install) check_folder; install_synapse "$@" ;;
  run)
    check_folder
    installed || die "not installed in $dir: run '$0 install' first"
    exec "${python[@]}" -m synapse.app.homeserver "$@"
    ;;
  *) sed -n '2,/^set -u/{/^set -u/d;s/^# \{0,1\}//p;}' "$0" >&2; exit 2 ;;
esac
