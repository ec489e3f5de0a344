/* Sorting where it lies, without memory: libc's qsort may call malloc, and profile/sort.h (stable,
 * for much) wants an arena. */
#ifndef PP_BASE_SORT_IN_PLACE_H
#define PP_BASE_SORT_IN_PLACE_H

#include <stddef.h>

/* Defines static void sort(type *items, size_t count), given
 * bool is_before(const type *a, const type *b). Equal items come in any order. */
#define PP_SORT_IN_PLACE(sort, type, is_before)                                                    \
    static void sort(type *items, size_t count)                                                    \
    {                                                                                              \
        for (size_t gap = count / 2; gap > 0; gap = gap == 2 ? 1 : gap * 5 / 11) {                 \
            for (size_t i = gap; i < count; i++) {                                                 \
                type moving = items[i];                                                            \
                size_t at = i;                                                                     \
                for (; at >= gap && is_before(&moving, &items[at - gap]); at -= gap) {             \
                    items[at] = items[at - gap];                                                   \
                }                                                                                  \
                items[at] = moving;                                                                \
            }                                                                                      \
        }                                                                                          \
    }

#endif
