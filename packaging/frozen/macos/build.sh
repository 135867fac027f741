#!/bin/sh
# Remixer.app and a disk image of it. NOT BUILT HERE: written beside the Linux packages, never run.
# Needs an environment with the wheel and PyInstaller; SIGN names a Developer ID.
#   SIGN="Developer ID Application: ..." packaging/frozen/macos/build.sh
set -eu
cd "$(dirname "$0")/../../.."
out=build/packages
icons=$out/remixer.iconset
mkdir -p "$icons"
for size in 16 32 128 256 512; do
    python3 packaging/draw.py resources/program/remixer.svg "$icons/icon_${size}x${size}.png" $size
    python3 packaging/draw.py resources/program/remixer.svg "$icons/icon_${size}x${size}@2x.png" $((size * 2))
done
iconutil -c icns -o packaging/frozen/remixer.icns "$icons"
python3 -m PyInstaller --noconfirm --distpath "$out/bundle" --workpath "$out/pyinstaller" packaging/frozen/remixer.spec
app=$out/bundle/Remixer.app
if [ -n "${SIGN:-}" ]; then
    codesign --force --deep --options runtime --timestamp --entitlements packaging/frozen/macos/entitlements.plist --sign "$SIGN" "$app"
    codesign --verify --deep --strict "$app"
else
    echo "SIGN is not set: the app runs on this Mac only" >&2
fi
version=$(/usr/libexec/PlistBuddy -c 'Print CFBundleShortVersionString' "$app/Contents/Info.plist")
hdiutil create -volname Remixer -srcfolder "$app" -ov -format UDZO "$out/remixer-$version-macos.dmg"
# then: xcrun notarytool submit ... --wait, and xcrun stapler staple
