#ifndef PP_CAPTURE_MAPPING_HOOKS_H
#define PP_CAPTURE_MAPPING_HOOKS_H

/* Binds the pointers behind the hooks of mmap and its like; from the constructor. */
void pp_mapping_hooks_resolve(void);

#endif
