#!/bin/bash
# What a person does with the installed program, on a machine with a screen and a sound server, and
# nothing of ours besides. Run by test_bundle.sh as a plain user in the clean root. Leaves in ~/seen:
# pictures, and what was heard.
set -eu
seen=$HOME/seen
song=$(find /usr/lib/remixer -name demo.flac)
mkdir -p "$seen"
cd /

ok() { echo "ok: $*"; }
fail() { echo "FAILED: $*"; scrot --overwrite "$seen/failed.png" 2>/dev/null || true; exit 1; }
until_true() { # SECONDS WHAT COMMAND...
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || fail "waited for $what"
        sleep 0.2
    done
}

command -v python3 && fail "there is a Python here: this proves nothing"
remixer --version | grep -Eq '^remixer [0-9.]+ \(commit [0-9a-f]{10}(-dirty)?\)$' || fail "version: $(remixer --version)"
ok "$(remixer --version)"

# --- a screen and a sound server
export DISPLAY=:95 PULSE_SERVER=unix:$HOME/pulse XDG_RUNTIME_DIR=$HOME/run
mkdir -p -m 700 "$XDG_RUNTIME_DIR"
Xvfb $DISPLAY -screen 0 1440x900x24 -nolisten tcp -noreset >/dev/null 2>&1 &
screen=$!
pulseaudio -n --daemonize=no --disable-shm=yes --exit-idle-time=-1 --use-pid-file=no \
    -L "module-native-protocol-unix auth-anonymous=1 socket=$HOME/pulse" \
    -L "module-null-sink sink_name=out rate=44100 format=float32le channels=2 norewinds=1" >/dev/null 2>&1 &
sound=$!
trap 'kill $sound $screen 2>/dev/null || true' EXIT
until_true 30 "the screen" xdotool getdisplaygeometry
until_true 30 "the sound server" pactl info
fluxbox -no-toolbar >/dev/null 2>&1 &
parec -d out.monitor --raw --format=float32le --rate=44100 --channels=2 >"$seen/heard.raw" 2>/dev/null &
heard() { [ "$(stat -c %s "$seen/heard.raw")" -gt "$1" ]; }
until_true 30 "the recorder" heard 0

# --- the window
remixer open --play "$song" 2>"$seen/errors.txt" &
window=$!
shown() { xdotool search --onlyvisible --name "$1"; }
until_true 120 "the window with the demo song" shown '^demo.flac.* Remixer$'
! grep -q libtorch "/proc/$window/maps" || fail "the window's process has loaded torch"
xprop -id "$(shown '^demo.flac' | head -1)" WM_CLASS | grep -q '"remixer"' || fail "its class is not that of the desktop entry"
ok "the window is open, and its process has no torch"
until_true 60 "the audio process" pgrep -f remixer.playback.process
until_true 60 "the separation process" pgrep -f remixer.session.separation_worker
separated() { remixer cache | grep -q ' 100% separated'; }
until_true 600 "the separation" separated
ok "the demo song is separated"
sleep 2
scrot --overwrite "$seen/window.png"

# --- from the start again, with nothing else to do: what is heard is compared outside
xdotool key --clearmodifiers period
sleep 1
for _ in 1 2 3; do
    xdotool key --clearmodifiers space
    sleep 15
    xdotool key --clearmodifiers period
    sleep 1
done
ok "it was played"

exported() { # NAME: export what is there by Ctrl+E and Enter, and keep it under a name
    rm -f "$HOME"/demo*.flac
    xdotool key --clearmodifiers ctrl+e
    until_true 30 "the export dialog" shown '^Export'
    sleep 2
    scrot --overwrite "$seen/$1-dialog.png"
    xdotool key --clearmodifiers Return
    until_true 180 "the exported file" compgen -G "$HOME/demo*.flac"
    sleep 2
    scrot --overwrite "$seen/$1-exported.png"
    xdotool key --clearmodifiers Escape
    sleep 1
    mv "$HOME"/demo*.flac "$seen/$1.flac"
}
exported unity
remixer nulltest "$song" "$seen/unity.flac" || fail "the unity export is not the song"
ok "exported with every fader at unity: the song, bit for bit"
xdotool key --clearmodifiers 1 Up Up Up
sleep 1
exported louder
if remixer nulltest "$song" "$seen/louder.flac"; then fail "a moved fader changes nothing"; fi
ok "exported with the vocals moved: not the song"
scrot --overwrite "$seen/moved.png"

xdotool key --clearmodifiers ctrl+q
sleep 2
xdotool key --clearmodifiers alt+d # unsaved moves may be lost
gone() { ! kill -0 $window; }
until_true 60 "the end of the window" gone
until_true 30 "the end of its processes" bash -c '! pgrep -f "remixer.(playback|session)"'
[ ! -s "$seen/errors.txt" ] || { cat "$seen/errors.txt"; fail "it complained"; }
ok "closed; nothing is left running, and it complained of nothing"

# --- commands
remixer separate "$song" -o "$HOME/stems" --model cnn1 >/dev/null
remixer nulltest "$song" "$HOME"/stems/*.flac || fail "the stems do not sum to the song"
ok "separated on the command line: the stems sum to the song"
mkdir -p "$HOME/formats"
for name in song.m4a song.mp3 song.ogg song.wav; do
    remixer remix "$song" -o "$HOME/formats/$name" --gain vocals=+1 >/dev/null || fail "$name is not written"
    remixer info "$HOME/formats/$name" >/dev/null || fail "$name cannot be read"
done
remixer spectrogram "$song" -o "$HOME/picture.png" --masks >/dev/null
ok "encoders and pictures work"
remixer remix "$song" -o "$seen/song.wav" --subtype FLOAT >/dev/null # to compare with what was heard
