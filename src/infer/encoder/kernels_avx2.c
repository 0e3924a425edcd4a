/* The kernels for AVX2 with FMA: what x86 has had since 2013. */
#include "infer/encoder/kernels.h"

#ifdef __x86_64__
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif
#include "infer/encoder/kernels_body.h"

static bool is_supported(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

#ifdef __clang__
#pragma clang attribute pop
#endif
const struct kernels kernels_avx2 = KERNELS("avx2", is_supported);
#endif
