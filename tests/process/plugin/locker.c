/* A plug-in that takes the lock it is given. */
#include <pthread.h>

int locker_take(pthread_mutex_t *mutex);
int locker_take(pthread_mutex_t *mutex)
{
    int err = pthread_mutex_lock(mutex);
    return err ? err : pthread_mutex_unlock(mutex);
}
