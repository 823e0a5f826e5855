#!/usr/bin/env bash
# Debian's chromium for the browser tests: installed where it can be, said where it cannot.
set -u
command -v chromium >/dev/null 2>&1 && exit 0
say() { echo "Browser tests will be skipped: $1"; [ "${CI:-}" = true ] && exit 1; exit 0; }
command -v apt-get >/dev/null 2>&1 || say "chromium is missing and this is no Debian; install chromium and make sure \`chromium\` is on the PATH."
if [ "$(id -u)" = 0 ]; then as=""; elif sudo -n true 2>/dev/null; then as="sudo -n"; else say "chromium is missing; run: sudo apt-get install chromium"; fi
echo "Installing Debian's chromium for the browser tests ..."
$as apt-get update -qq >/dev/null 2>&1
DEBIAN_FRONTEND=noninteractive $as apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null 2>&1
command -v chromium >/dev/null 2>&1 || say "apt-get could not install chromium."
