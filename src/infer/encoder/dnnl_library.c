#include "infer/encoder/dnnl_library.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#define FUNCTION(name)                                                                             \
    {                                                                                              \
        "dnnl_" #name, offsetof(struct dnnl_library, name)                                         \
    }

static const char LIBRARY[] = "libdnnl.so.2";

static const struct {
    const char *name;
    size_t offset;
} FUNCTIONS[] = {
    FUNCTION(engine_create),
    FUNCTION(engine_destroy),
    FUNCTION(stream_create),
    FUNCTION(stream_destroy),
    FUNCTION(stream_wait),
    FUNCTION(memory_desc_init_by_tag),
    FUNCTION(memory_desc_get_size),
    FUNCTION(memory_create),
    FUNCTION(memory_destroy),
    FUNCTION(memory_set_data_handle),
    FUNCTION(matmul_desc_init),
    FUNCTION(reorder_primitive_desc_create),
    FUNCTION(primitive_attr_create),
    FUNCTION(primitive_attr_destroy),
    FUNCTION(primitive_attr_set_scratchpad_mode),
    FUNCTION(primitive_desc_create),
    FUNCTION(primitive_desc_destroy),
    FUNCTION(primitive_desc_query_md),
    FUNCTION(primitive_desc_query),
    FUNCTION(primitive_create),
    FUNCTION(primitive_destroy),
    FUNCTION(primitive_execute),
    FUNCTION(get_effective_cpu_isa),
    {"omp_set_num_threads", offsetof(struct dnnl_library, set_threads)},
};

enum status dnnl_library_open(struct dnnl_library *library, struct error *err)
{
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL)
        return fail(err, STATUS_UNSUPPORTED, "a transformer needs oneDNN (Debian: libdnnl2): %s",
                    dlerror());
    for (size_t i = 0; i < sizeof FUNCTIONS / sizeof FUNCTIONS[0]; i++) {
        void *found = dlsym(handle, FUNCTIONS[i].name);
        if (found == NULL)
            return fail(err, STATUS_UNSUPPORTED, "%s lacks %s: another version is needed", LIBRARY,
                        FUNCTIONS[i].name);
        memcpy((char *)library + FUNCTIONS[i].offset, &found, sizeof found);
    }
    return STATUS_OK;
}
