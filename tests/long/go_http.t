#!/usr/bin/env bash
# tests/cli/go_http.t for GO_HTTP_SECONDS (default 600).
export GO_HTTP_SECONDS=${GO_HTTP_SECONDS:-600}
exec "$(dirname "$0")/../cli/go_http.t"
