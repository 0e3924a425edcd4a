#include "infer/encoder/device.h"

enum {
    ISA_VNNI = 0x40 /* the bit of dnnl_cpu_isa_t that avx512_core_vnni adds to avx512_core */
};

enum status device_check(dnnl_status_t status, const char *what, struct error *err)
{
    if (status == dnnl_success)
        return STATUS_OK;
    if (status == dnnl_unimplemented)
        return fail(err, STATUS_UNSUPPORTED, "oneDNN cannot %s on this CPU", what);
    return fail(err, STATUS_INTERNAL, "oneDNN could not %s: status %d", what, (int)status);
}

enum status device_open(struct device *device, struct error *err)
{
    struct device made = {.kernels = kernels_best()};
    enum status status = dnnl_library_open(&made.dnnl, err);
    if (status != STATUS_OK)
        return status;
    made.dnnl.set_threads(1);
    bool has_vnni = ((unsigned)made.dnnl.get_effective_cpu_isa() & ISA_VNNI) != 0;
    made.most_byte = has_vnni ? UINT8_MAX : INT8_MAX;
    status = device_check(made.dnnl.engine_create(&made.engine, dnnl_cpu, 0), "start", err);
    if (status == STATUS_OK)
        *device = made;
    return status;
}

void device_close(struct device *device)
{
    if (device->engine != NULL)
        device->dnnl.engine_destroy(device->engine);
    *device = (struct device){0};
}
