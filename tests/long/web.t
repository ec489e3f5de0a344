#!/usr/bin/env bash
# The web pages of a profile of 200 MB (tests/web/pages.mjs, step "large").
set -u
cd "$(dirname "$0")/../.." || exit 2
PP_LONG=1 exec tests/cli/web_pages.t large
