/* device.h - the CPU as an encoder uses it: oneDNN on one thread, and our own kernels. */
#pragma once

#include "infer/encoder/dnnl_library.h"
#include "infer/encoder/kernels.h"

struct device {
    struct dnnl_library dnnl;
    dnnl_engine_t engine;
    const struct kernels *kernels;
    int32_t most_byte; /* of quantised input: 127 where a sum of two products has 16 bits */
};

enum status device_open(struct device *device, struct error *err) MUST_CHECK;
void device_close(struct device *device); /* {0} is fine */

/* What oneDNN said, as a status: UNSUPPORTED when it cannot do `what` here, INTERNAL when it failed
 * to. */
enum status device_check(dnnl_status_t status, const char *what, struct error *err) MUST_CHECK;
