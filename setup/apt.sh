#!/bin/sh
# Installs Debian packages as root, and leaves no service of a newly installed one running or enabled.
#   apt.sh PACKAGE...
set -eu

export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
mark='# written by the setup of Tocsin; may be removed'

# What dpkg asks before it starts a service: 101 forbids. A machine's own policy stays as it is.
if [ ! -e "$policy" ] || grep -qsxF "$mark" "$policy"; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy"
  chmod 755 "$policy"
fi

installed() { dpkg-query -W -f '${Package} ${db:Status-Status}\n' 2>/dev/null | sed -n 's/ installed$//p' | sort; }
apt() { apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" </dev/null; }
install() { apt install -y --no-install-recommends "$@"; }

before=$(installed)
if apt install -s --no-install-recommends "$@" >/dev/null 2>&1; then
  # The index may be too old to fetch what it names: then once more with a new one.
  install "$@" || { apt update && install "$@"; }
else
  apt update
  install "$@"
fi

units() { dpkg-query -L "$1" | sed -n 's#^\(/usr\)\{0,1\}/lib/systemd/system/\([^/@]*\.\(service\|socket\|timer\)\)$#\2#p'; }
for package in $(installed); do
  case "
$before
" in *"
$package
"*) continue ;; esac
  for unit in $(units "$package"); do
    if command -v systemctl >/dev/null; then systemctl disable "$unit" || :
    elif command -v update-rc.d >/dev/null; then update-rc.d "${unit%.*}" disable || :
    fi
  done
done
