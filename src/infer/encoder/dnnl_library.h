/* dnnl_library.h - oneDNN, opened when a transformer is: a Hark without one needs neither the
 * library nor the 3.4 MB and the millisecond that linking it would cost. */
#pragma once

#include "base/status.h"

#include <dnnl.h>

#define DNNL_FUNCTION(name) __typeof__(dnnl_##name) *name

struct dnnl_library {
    DNNL_FUNCTION(engine_create);
    DNNL_FUNCTION(engine_destroy);
    DNNL_FUNCTION(stream_create);
    DNNL_FUNCTION(stream_destroy);
    DNNL_FUNCTION(stream_wait);
    DNNL_FUNCTION(memory_desc_init_by_tag);
    DNNL_FUNCTION(memory_desc_get_size);
    DNNL_FUNCTION(memory_create);
    DNNL_FUNCTION(memory_destroy);
    DNNL_FUNCTION(memory_set_data_handle);
    DNNL_FUNCTION(matmul_desc_init);
    DNNL_FUNCTION(reorder_primitive_desc_create);
    DNNL_FUNCTION(primitive_attr_create);
    DNNL_FUNCTION(primitive_attr_destroy);
    DNNL_FUNCTION(primitive_attr_set_scratchpad_mode);
    DNNL_FUNCTION(primitive_desc_create);
    DNNL_FUNCTION(primitive_desc_destroy);
    DNNL_FUNCTION(primitive_desc_query_md);
    DNNL_FUNCTION(primitive_desc_query);
    DNNL_FUNCTION(primitive_create);
    DNNL_FUNCTION(primitive_destroy);
    DNNL_FUNCTION(primitive_execute);
    DNNL_FUNCTION(get_effective_cpu_isa);
    void (*set_threads)(int count); /* OpenMP's, of the calling thread */
};

#undef DNNL_FUNCTION

/* Fills the table. UNSUPPORTED when the library is not installed or too old. It stays loaded until
 * the process ends. */
enum status dnnl_library_open(struct dnnl_library *library, struct error *err) MUST_CHECK;
