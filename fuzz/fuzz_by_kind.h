/* fuzz_by_kind.h - one fuzzer for several readers: the first byte of an input says which of them
 * reads the rest. Included at the end of a fuzzer that defines read_by(), which does so. */
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    str input = {(const char *)data, size};
    if (size > 0)
        read_by(&arena, input.bytes[0], str_slice(input, 1, size));
    arena_reset(&arena);
    return 0;
}
