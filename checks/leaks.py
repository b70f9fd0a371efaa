"""Does a file that git keeps hold something that opens a door?"""

import logging
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from detect_secrets import SecretsCollection
from detect_secrets.settings import transient_settings

ROOT = Path(__file__).resolve().parent.parent
# Keys and tokens of known form. Passwords have none; they come from the environment alone.
PLUGINS = (
    "ArtifactoryDetector",
    "AWSKeyDetector",
    "AzureStorageKeyDetector",
    "BasicAuthDetector",
    "CloudantDetector",
    "DiscordBotTokenDetector",
    "GitHubTokenDetector",
    "GitLabTokenDetector",
    "JwtTokenDetector",
    "MailchimpDetector",
    "NpmDetector",
    "PrivateKeyDetector",
    "PypiTokenDetector",
    "SendGridDetector",
    "SlackDetector",
    "SquareOAuthDetector",
    "StripeDetector",
    "TelegramBotTokenDetector",
    "TwilioKeyDetector",
)
# Of ours: the key of a program, the secret of a webhook.
OURS = re.compile(r"\b(?:ceex_|whsec_)[A-Za-z0-9+/_-]{40,}")
# Stand-ins in examples and in templates.
PLACEHOLDER = (
    r"^(?:password|pw|secret|change-me|wrong|%s|8000\\*|p%40ss"
    r"|\$\{?[A-Za-z_?: -]+\}?|\{[a-z_]+\}|%[0-9A-F]{2}.*)$"
)
SETTINGS = {
    "plugins_used": [{"name": name} for name in PLUGINS],
    "filters_used": [
        {"path": "detect_secrets.filters.allowlist.is_line_allowlisted"},
        {"path": "detect_secrets.filters.regex.should_exclude_secret", "pattern": [PLACEHOLDER]},
    ],
}
NOT_TEXT = (".png", ".xz", ".gz", ".lock", ".svg", ".woff2")

# What has to be noticed, put together here so that this file holds none of it.
BITES = {
    "a private key": "-----BEGIN " + "EC PRIVATE KEY-----",
    "a token of GitHub": "ghp_" + "a1B2" * 9,
    "a log-in": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiJhZGEifQ" + ".c2lnbmF0dXJlLW9mLWFkYQ",
    "a password in an address": "postgresql://ceex:" + "Tr0ub4dor@db/ceex",
    "a program's key": "ceex_" + "Ab3-" * 11,
}


def main():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    files = [ROOT / name for name in listed.stdout.split("\0") if name and not name.endswith(NOT_TEXT)]
    found = [
        f"{path.relative_to(ROOT)}:{line}: {kind}"
        for path in files
        if path.is_file()
        for line, kind in _in(path)
    ]
    silent = list(_silent())
    print(*found, *(f"checks/leaks.py does not notice {what}" for what in silent), sep="\n", end="")
    if not found and not silent:
        print(f"secrets: none in {len(files)} files, and each of {len(BITES)} planted ones was noticed")
    return int(bool(found or silent))


def _in(path):
    """The lines of a file that hold a secret, and of which kind."""
    with transient_settings(SETTINGS):
        known = SecretsCollection()
        known.scan_file(str(path))
    yield from ((each.line_number, each.type) for _, each in known)
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        if OURS.search(line):
            yield number, "Key of this exchange"


def _silent():
    """What was planted and not noticed."""
    with tempfile.TemporaryDirectory() as folder:
        for what, text in BITES.items():
            path = Path(folder, "planted.py")
            path.write_text(f'SECRET = "{text}"\n')
            if not list(_in(path)):
                yield what


if __name__ == "__main__":
    logging.disable()
    sys.exit(main())
