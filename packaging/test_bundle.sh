#!/usr/bin/env bash
# Proves the Debian package in a clean root without Python: installs it, opens the demo song on a screen,
# separates, plays into a null sink, exports, nulls, removes it. Needs root, debootstrap, a Debian mirror
# that apt here knows. The root stays for the next time, in WORK/base.
#   packaging/test_bundle.sh PACKAGE.deb [WORK]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
deb=$(readlink -f "${1:?which package?}")
work=$(readlink -m "${2:-build/packages/clean-root}")
root=$work/root
tools="xvfb openbox xdotool scrot x11-utils pulseaudio pulseaudio-utils libasound2-plugins procps"
mkdir -p "$work"

ok() { echo "ok: $*"; }
fail() { echo "FAILED: $*" >&2; exit 1; }
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }

bootstrap() {
    local mirror code
    mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | head -1)
    code=$(. /etc/os-release && echo "$VERSION_CODENAME")
    rm -rf --one-file-system "$work/base.new"
    debootstrap --variant=minbase "$code" "$work/base.new" "$mirror" >"$work/debootstrap.log"
    umount -l "$work/base.new/proc" "$work/base.new/sys" 2>/dev/null || true
    mv "$work/base.new" "$work/base"
}

leave() { for mounted in dev/shm dev/pts dev proc; do umount -l "$root/$mounted" 2>/dev/null || true; done; }
trap leave EXIT

[ -d "$work/base" ] || bootstrap
leave
rm -rf --one-file-system "$root"
cp -a "$work/base" "$root"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -t devpts -o gid=5,mode=620 devpts "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"
cp /etc/resolv.conf "$root/etc/resolv.conf"
cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
[ -d /etc/ssl/certs ] && mkdir -p "$root/etc/ssl" && cp -rL /etc/ssl/certs "$root/etc/ssl/" 2>/dev/null || true

inside apt-get update -qq
inside apt-get install -y -qq --no-install-recommends $tools >"$work/tools.log" 2>&1 || { tail "$work/tools.log"; fail "the tools do not install"; }
! inside sh -c 'command -v python3' || fail "a tool brought Python along"
cp "$deb" "$root/tmp/remixer.deb"
inside apt-get install -y -qq --no-install-recommends /tmp/remixer.deb >"$work/install.log" 2>&1 || { tail "$work/install.log"; fail "it does not install"; }
! inside sh -c 'command -v python3' || fail "the package brought Python along"
ok "installed: $(inside dpkg-query -W -f '${Package} ${Version}, ${Installed-Size} kB installed' remixer)"
missing=$(inside sh -c 'find /usr/lib/remixer/lib -name "*.so*" -exec ldd {} + 2>/dev/null | grep "not found" | sort -u' || true)
[ -z "$missing" ] || echo "note, libraries that only their programs find: $missing"

inside useradd --create-home musician
install -m 755 "$here/check/inside.sh" "$root/tmp/inside.sh"
inside su musician -s /bin/bash -c 'cd && HOME=/home/musician bash /tmp/inside.sh'

seen=$work/seen
rm -rf "$seen" && cp -r "$root/home/musician/seen" "$seen"
inside su musician -s /bin/bash -c 'remixer remix "$(find /usr/lib/remixer -name demo.flac)" -o /home/musician/seen/song.wav --format wav --subtype FLOAT' >/dev/null
python3 - "$root/home/musician/seen/song.wav" "$seen/song.raw" <<'PY'
import sys
data = open(sys.argv[1], "rb").read()
at = data.index(b"data")
open(sys.argv[2], "wb").write(data[at + 8 : at + 8 + int.from_bytes(data[at + 4 : at + 8], "little")])
PY
python3 "$here/check/heard.py" "$seen/heard.raw" "$seen/song.raw" 10 || fail "what was heard is not the song"
ok "what the sound server was given is the song, bit for bit"

if command -v desktop-file-validate >/dev/null; then
    desktop-file-validate "$root/usr/share/applications/remixer.desktop" && ok "desktop entry"
fi
if command -v appstreamcli >/dev/null; then
    appstreamcli validate --no-net "$root/usr/share/metainfo/org.remixer.remixer.metainfo.xml" >"$work/appstream.log" || fail "$(cat "$work/appstream.log")"
    ok "AppStream data"
fi

before=$(find "$root/home/musician" -type f ! -path '*/pulse/*' | wc -l)
inside apt-get purge -y -qq remixer >/dev/null 2>&1
left=$(find "$root/usr" "$root/etc" "$root/var/lib" "$root/opt" -iname '*remixer*' ! -path '*/dpkg/*' ! -path '*/apt/*')
[ -z "$left" ] || fail "removed, but these stay: $left"
[ "$(find "$root/home/musician" -type f ! -path '*/pulse/*' | wc -l)" = "$before" ] || fail "removing it touched the user's files"
ok "removed; the user's $before files stay"
echo "Pictures and sounds are in $seen"
