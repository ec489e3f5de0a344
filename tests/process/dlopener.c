/* Loads and unloads a library (argument 1) 200 times while two threads allocate; the library's function
 * `grow` keeps 100 KiB each time it is called. Prints "done" and waits for a line on standard input. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static volatile int stop;

static void *churn(void *arg)
{
    (void)arg;
    while (!stop) {
        void *block = malloc(30000);
        *(volatile char *)block = 1;
        free(block);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[2];
    if (argc < 2) {
        return 2;
    }
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, churn, NULL);
    }
    for (int i = 0; i < 200; i++) {
        void *library = dlopen(argv[1], RTLD_NOW);
        if (!library) {
            fprintf(stderr, "%s\n", dlerror());
            return 1;
        }
        void (*grow)(void) = (void (*)(void))dlsym(library, "grow");
        grow();
        if (i < 199) {
            dlclose(library);
        }
    }
    puts("done");
    fflush(stdout);
    (void)getchar();
    stop = 1;
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}
