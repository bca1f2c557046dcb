#!/bin/sh
# The command line of the installed app: the same program without a window. Stands beside the app, and in /usr/bin.
here=$(dirname "$(readlink -f "$0")")
if [ -x "$here/../../MacOS/Piecewise" ]; then
  exec "$here/../../MacOS/Piecewise" --cli -- "$@"
fi
app=$here/../../piecewise-desktop
[ -x "$app" ] || app=/opt/Piecewise/piecewise-desktop
# A computer without a display will do.
exec "$app" --ozone-platform=headless --cli -- "$@"
