#!/usr/bin/env bash
# Proves the Debian package in a clean root without Python: installs it, opens the demo song on a screen,
# separates, plays into a null sink, exports, nulls, removes it. Needs root, debootstrap, a Debian mirror
# that apt here knows. A root with a screen and a sound server stays for the next time, in WORK/base.
#   packaging/test_bundle.sh PACKAGE.deb [WORK]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
deb=$(readlink -f "${1:?which package?}")
work=$(readlink -m "${2:-build/packages/clean-root}")
root=$work/root
tools="xvfb fluxbox xdotool scrot x11-utils pulseaudio pulseaudio-utils libasound2-plugins procps"
mkdir -p "$work"

ok() { echo "ok: $*"; }
fail() { echo "FAILED: $*" >&2; exit 1; }
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
install() { # LOG PACKAGE...
    local log=$1
    shift
    inside apt-get install -y -qq --no-install-recommends "$@" >"$log" 2>&1 || { tail "$log"; fail "$* does not install"; }
}
no_python() { ! inside sh -c 'command -v python3' || fail "$1 brought Python along"; }

enter() {
    mount -t proc proc "$root/proc"
    mount --bind /dev "$root/dev"
    mount -t devpts -o gid=5,mode=620 devpts "$root/dev/pts"
    mount -t tmpfs tmpfs "$root/dev/shm"
}
leave() { for mounted in dev/shm dev/pts dev proc sys; do umount -l "$root/$mounted" 2>/dev/null || true; done; }
trap leave EXIT
leave
rm -rf --one-file-system "$root"

if [ ! -d "$work/base" ]; then
    mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | head -1)
    debootstrap --variant=minbase "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$root" "$mirror" >"$work/debootstrap.log"
    leave
    enter
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
    mkdir -p "$root/etc/ssl" && cp -rL /etc/ssl/certs "$root/etc/ssl/" 2>/dev/null || true
    inside apt-get update -qq
    install "$work/tools.log" $tools
    inside useradd --create-home musician
    leave
    mv "$root" "$work/base"
fi
cp -a "$work/base" "$root"
enter

no_python "a tool"
inside apt-get update -qq
cp "$deb" "$root/tmp/remixer.deb"
install "$work/install.log" /tmp/remixer.deb
no_python "the package"
ok "installed: $(inside dpkg-query -W -f '${Package} ${Version}, ${Installed-Size} kB' remixer)"

cp "$here/check/inside.sh" "$root/tmp/inside.sh"
inside su musician -s /bin/bash -c 'cd && HOME=/home/musician bash /tmp/inside.sh'
seen=$work/seen
rm -rf "$seen"
cp -r "$root/home/musician/seen" "$seen"
python3 "$here/check/heard.py" "$seen/heard.raw" "$seen/song.wav" 10 || fail "what was heard is not the song"
ok "what the sound server was given is the song, bit for bit"

if command -v desktop-file-validate >/dev/null; then
    desktop-file-validate "$root/usr/share/applications/remixer.desktop"
    ok "desktop entry"
fi
if command -v appstreamcli >/dev/null; then
    appstreamcli validate --no-net "$root/usr/share/metainfo/org.remixer.remixer.metainfo.xml" >"$work/appstream.log" || fail "$(cat "$work/appstream.log")"
    ok "AppStream data"
fi

users_files() { find "$root/home/musician" -type f | sort; }
before=$(users_files)
inside apt-get purge -y -qq remixer >"$work/purge.log" 2>&1
left=$(find "$root/usr" "$root/etc" "$root/var/lib" "$root/opt" -iname '*remixer*' ! -path '*/dpkg/*' ! -path '*/apt/*')
[ -z "$left" ] || fail "removed, but these stay: $left"
[ "$(users_files)" = "$before" ] || fail "removing it touched the user's files"
ok "removed; the user's $(echo "$before" | wc -l) files stay"
echo "Pictures and sounds are in $seen"
