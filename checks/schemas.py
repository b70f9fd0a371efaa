"""Are the workflow and compose files what GitHub and Docker read? (By schemas that need no network.)"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES_OF_SCHEMA = {
    "vendor.github-workflows": ".github/workflows/*.yml",
    "vendor.compose-spec": "**/docker-compose*.yml",
}


def main():
    failed = False
    for schema, pattern in FILES_OF_SCHEMA.items():
        files = [str(path) for path in sorted(ROOT.glob(pattern))]
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *files]
        failed |= subprocess.run(command, cwd=ROOT).returncode != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
