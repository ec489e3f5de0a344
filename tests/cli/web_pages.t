#!/usr/bin/env bash
# The pages of pprof -http in a real browser (tests/web/pages.mjs). usage: web_pages.t [STEP]
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/cli/tap.sh
build=$(realpath "${PP_BUILD:-build}")
command -v node > /dev/null && command -v npm > /dev/null || skip_all "node and npm are not installed"
PP_CHROMIUM=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
    skip_all "chromium is not installed"
# playwright-core is fetched once for each build
PP_PLAYWRIGHT="$build/web-tests"
if [ ! -d "$PP_PLAYWRIGHT/node_modules/playwright-core" ]; then
    mkdir -p "$PP_PLAYWRIGHT"
    cp tests/web/package.json tests/web/package-lock.json tests/web/.npmrc "$PP_PLAYWRIGHT"
    (cd "$PP_PLAYWRIGHT" && timeout 300 npm ci --no-progress > npm.log 2>&1) ||
        skip_all "npm cannot fetch playwright-core"
fi
export PP_PLAYWRIGHT PP_CHROMIUM PP_BUILD="$build"
exec timeout 1500 node tests/web/pages.mjs "$@"
