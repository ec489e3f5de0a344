/* The debug=1 text of the heap's profiles: Go's, with its MemStats block behind it. */
#ifndef PP_CAPTURE_HEAP_TEXT_H
#define PP_CAPTURE_HEAP_TEXT_H

#include "runtime/capture/kind.h"

/* What stands where in a record's raw values. */
enum { RAW_ALLOC_OBJECTS, RAW_ALLOC_BYTES, RAW_INUSE_OBJECTS, RAW_INUSE_BYTES };

/* Sorts the records and appends the text; out->err says when memory ran out. Not in a handler. */
void pp_heap_text(struct pp_snapshot *snapshot, struct pp_buf *out);

#endif
