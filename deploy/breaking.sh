#!/bin/sh
# Compares the contracts with those of the git revision $1: what clients rely on must stay.
# The revision's own tree lacks Google's common protos, which are never committed; they are the same.
set -eu
base=$1
git rev-parse --verify --quiet "$base^{commit}" >/dev/null || base=HEAD
if ! git cat-file -e "$base:buf.yaml" 2>/dev/null; then
    echo "no contracts at $base to compare with"
    exit 0
fi
old=$(mktemp -d)
trap 'rm -rf "$old"' EXIT
git archive "$base" buf.yaml protos | tar -x -C "$old"
mkdir -p "$old/.build"
cp -r .build/protos "$old/.build/protos"
"$BUF" breaking --against "$old"
