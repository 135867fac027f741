#!/bin/sh
# Installs Remixer for this user (or everyone, as root), from the folder that this script lies in.
#   ./install.sh              into ~/.local, or /usr/local for root; PREFIX=... for elsewhere
#   ./install.sh --remove     takes it away again; songs, sessions, settings and separations stay
# Remixer also runs from where it lies, without installing: ./remixer
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
if [ "$(id -u)" = 0 ]; then prefix=${PREFIX:-/usr/local}; else prefix=${PREFIX:-$HOME/.local}; fi
program=$prefix/lib/remixer

share_files() { (cd "$here/share" && find . -type f | sed 's|^\./||'); }

tell_desktop() { # what desktops keep lists of; not every system has these
    command -v update-mime-database >/dev/null && update-mime-database "$prefix/share/mime" 2>/dev/null || true
    command -v update-desktop-database >/dev/null && update-desktop-database -q "$prefix/share/applications" || true
    command -v gtk-update-icon-cache >/dev/null && gtk-update-icon-cache -q -t "$prefix/share/icons/hicolor" 2>/dev/null || true
}

remove() {
    share_files | while read -r file; do rm -f "$prefix/share/$file"; done
    rm -f "$prefix/bin/remixer"
    rm -rf "$program" # last: this script may be in it
}

if [ "${1:-}" = --remove ]; then
    remove
    tell_desktop
    echo "Remixer was removed from $prefix. Your songs, sessions and settings are where they were."
    exit 0
fi

[ "$here" != "$program" ] || { echo "This is the installed Remixer already."; exit 1; }
echo "Copying the program to $program..."
remove
mkdir -p "$program" "$prefix/bin"
(cd "$here" && tar -cf - .) | (cd "$program" && tar -xf -)
ln -s ../lib/remixer/remixer "$prefix/bin/remixer"
share_files | while read -r file; do
    mkdir -p "$prefix/share/$(dirname "$file")"
    cp "$here/share/$file" "$prefix/share/$file"
done
desktop=$prefix/share/applications/remixer.desktop
sed "s|^Exec=remixer|Exec=\"$prefix/bin/remixer\"|; s|^TryExec=remixer|TryExec=$prefix/bin/remixer|" "$desktop" >"$desktop.new"
mv "$desktop.new" "$desktop"
tell_desktop
echo "Remixer is installed in $prefix: look for it among your programs, or run $prefix/bin/remixer"
echo "To remove it: $program/install.sh --remove. This folder is not needed any more."
