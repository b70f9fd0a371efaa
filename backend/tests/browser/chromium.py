"""Where is the system's Chromium? Run as a program, installs Debian's where none is found."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def find():
    """Return the path of an installed Chromium or Chrome, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def install():
    """Install Debian's Chromium with apt-get, as root or through sudo where it asks for no password."""
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    print("Installing Chromium …", flush=True)
    command = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        subprocess.run([*prefix, *command, *step], env=quiet, stdout=subprocess.DEVNULL, check=True)


def main():
    if find():
        return 0
    try:
        install()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"The browser tests need Chromium and could not install it ({error}).", file=sys.stderr)
        print("On Debian and Ubuntu, as root: apt-get install chromium", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
