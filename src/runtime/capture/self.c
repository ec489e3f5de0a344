#include "runtime/capture/self.h"

__thread struct pp_self pp_self __attribute__((tls_model("initial-exec")));

uint32_t pp_enabled PP_HOT_DATA = 1;
