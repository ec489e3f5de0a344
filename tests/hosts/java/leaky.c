/* The native half of Leaky.java. */
#include <jni.h>

#include "../leak.h"

JNIEXPORT void JNICALL Java_Leaky_leak(JNIEnv *env, jclass self)
{
    (void)env;
    (void)self;
    host_leak();
    host_use();
}
