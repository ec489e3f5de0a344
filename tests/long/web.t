#!/usr/bin/env bash
# The web pages of a profile of 200 MB (tests/web/pages.mjs, step "large").
set -u
cd "$(dirname "$0")/../.." || exit 2
exec tests/cli/web_pages.t large
