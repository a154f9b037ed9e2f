#!/bin/sh
# Build wheel and sdist into dist/, look at what is in them, install each in a new environment
# without the pinned versions, and run the demo there from an empty folder.
set -eu
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3} .ci/preflight.sh run
python=$(command -v "${PYTHON:-python3}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unset PYTHONPATH

"$python" -m venv "$scratch/tools"
"$scratch/tools/bin/pip" install -q --disable-pip-version-check build twine
rm -rf dist
"$scratch/tools/bin/python" -m build -o dist . >"$scratch/build.log" ||
    { cat "$scratch/build.log" >&2; exit 1; }
"$scratch/tools/bin/twine" check --strict dist/*
"$python" .ci/dist_content.py dist/*

for built in dist/*; do
    home="$scratch/$(basename "$built")"
    "$python" -m venv "$home/env"
    "$home/env/bin/pip" install -q --disable-pip-version-check "$built"
    mkdir "$home/empty"
    (
        cd "$home/empty"
        "$home/env/bin/grainscope" demo -o demo >log 2>&1 || { cat log; exit 1; }
        # One row a micrograph, and of failures only the heading.
        test -s demo/report.html && test "$(wc -l <demo/summary.csv)" -gt 1 &&
            test "$(wc -l <demo/failures.csv)" -eq 1 || { cat log demo/failures.csv; exit 1; }
        "$home/env/bin/pip" check --disable-pip-version-check
    )
    echo "$built: installed in an empty environment, demo done"
done
