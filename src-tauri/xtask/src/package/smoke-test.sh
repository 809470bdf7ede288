# Runs in a clean Debian, as root: installs /hajime.deb, opens the window as an ordinary user, removes the package. Every line must succeed.
export DEBIAN_FRONTEND=noninteractive
say() { printf '\n── %s\n' "$*"; }

say "What the test itself needs"
apt-get update -qq
apt-get install -qq --yes --no-install-recommends xvfb xdotool x11-utils > /tmp/tools.log 2>&1 || { tail -20 /tmp/tools.log; exit 1; }
useradd --create-home instructor
find / -xdev \( -path /proc -o -path /tmp -o -path /var -o -path /dev \) -prune -o -print | sort > /tmp/before

say "Install, with what the package asks for and nothing more"
apt-get install -qq --yes --no-install-recommends /hajime.deb > /tmp/install.log 2>&1 || { tail -30 /tmp/install.log; exit 1; }
dpkg --listfiles hajime | sort > /tmp/installed
for file in /usr/bin/hajime /usr/bin/hajime-cli; do grep -qx "$file" /tmp/installed; done
# One is the entry of menus; the other names the program for the desktop portal, and no menu shows it.
named=/usr/share/applications/org.hajime.desktop.desktop
grep -qx 'NoDisplay=true' "$named"
test "$(grep -c '/usr/share/applications/.*\.desktop$' /tmp/installed)" = 2
desktop=$(grep '/usr/share/applications/.*\.desktop$' /tmp/installed | grep -vx "$named")
cmp <(grep '^Icon=' "$named") <(grep '^Icon=' "$desktop")
grep -qx 'Exec=hajime' "$desktop"
icon=$(sed -n 's/^Icon=//p' "$desktop")
grep -q "/usr/share/icons/hicolor/.*/apps/$icon\.png$" /tmp/installed
# Recordings are H.264 and AAC, which this plugin decodes.
test -e /usr/lib/*-linux-gnu/gstreamer-1.0/libgstlibav.so

say "The command line tool runs"
runuser -u instructor -- hajime-cli --version
runuser -u instructor -- hajime --version

say "The window opens"
Xvfb :77 -screen 0 1440x960x24 -nolisten tcp > /tmp/xvfb.log 2>&1 &
xvfb=$!
runuser -u instructor -- env DISPLAY=:77 HOME=/home/instructor XDG_RUNTIME_DIR=/home/instructor hajime --sandbox > /tmp/hajime.log 2>&1 &
for second in $(seq 120); do
    window=$(DISPLAY=:77 xdotool search --onlyvisible --name '^Hajime' 2> /dev/null | head -n 1) && [ -n "$window" ] && break
    sleep 1
done
[ -n "${window:-}" ] || { echo "no window in two minutes:"; cat /tmp/xvfb.log /tmp/hajime.log; exit 1; }
echo "The window is there after $second s: $(DISPLAY=:77 xwininfo -id "$window" | sed -n 's/ *-geometry //p')"
# The content of the page is not tested here, only that its process runs.
pgrep -f WebKitWebProcess > /dev/null
DISPLAY=:77 xdotool windowclose "$window"
for second in $(seq 30); do pgrep -x hajime > /dev/null || break; sleep 1; done
! pgrep -x hajime > /dev/null
kill "$xvfb"

say "Remove it"
apt-get purge -qq --yes hajime > /tmp/purge.log 2>&1 || { cat /tmp/purge.log; exit 1; }
apt-get autoremove -qq --yes --purge > /tmp/autoremove.log 2>&1 || { cat /tmp/autoremove.log; exit 1; }
grep -i hajime /var/lib/dpkg/status && exit 1
find / -xdev \( -path /proc -o -path /tmp -o -path /var -o -path /dev -o -path /home \) -prune -o -print | sort > /tmp/after
left=$(comm -13 /tmp/before /tmp/after | grep -i hajime || true)
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }
# A person's data stays until they delete it.
test -d /home/instructor/.local/share/hajime
say "Installed, opened, removed"
