/* The kernels for AVX-512: Intel's servers since Skylake, AMD since Zen 4. */
#include "infer/encoder/kernels.h"

#ifdef __x86_64__
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))),    \
                             apply_to = function)
#else
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,fma")
#endif
#include "infer/encoder/kernels_body.h"

static bool is_supported(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("fma");
}

#ifdef __clang__
#pragma clang attribute pop
#endif
const struct kernels kernels_avx512 = KERNELS("avx512", is_supported);
#endif
