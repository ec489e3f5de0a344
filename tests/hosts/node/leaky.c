/* A node addon that leaks. The few functions of Node-API that it needs are declared here, so that
 * node's headers need not be there. */
#include "../leak.h"

typedef struct napi_env_of *napi_env;
typedef struct napi_value_of *napi_value;
typedef struct napi_info_of *napi_callback_info;
typedef napi_value (*napi_callback)(napi_env env, napi_callback_info info);

extern int napi_create_function(napi_env env, const char *name, size_t len, napi_callback call,
                                void *data, napi_value *result);
extern int napi_set_named_property(napi_env env, napi_value object, const char *name,
                                   napi_value value);

static napi_value leak(napi_env env, napi_callback_info info)
{
    (void)env;
    (void)info;
    host_leak();
    host_use();
    return NULL;
}

napi_value napi_register_module_v1(napi_env env, napi_value exports);

__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env,
                                                                         napi_value exports)
{
    napi_value function;
    if (napi_create_function(env, "leak", 4, leak, NULL, &function) == 0) {
        (void)napi_set_named_property(env, exports, "leak", function);
    }
    return exports;
}
