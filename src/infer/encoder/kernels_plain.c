/* The kernels for any CPU that the compiler knows; and the choice among all of them. */
#include "infer/encoder/kernels_body.h"

static bool is_supported(void)
{
    return true;
}

const struct kernels kernels_plain = KERNELS("plain", is_supported);

const struct kernels *kernels_best(void)
{
#ifdef __x86_64__
    if (kernels_avx512.is_supported())
        return &kernels_avx512;
    if (kernels_avx2.is_supported())
        return &kernels_avx2;
#endif
    return &kernels_plain;
}
