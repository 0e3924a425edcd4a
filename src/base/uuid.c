#include "base/uuid.h"

#include "base/clock.h"
#include "base/hash.h"

#include <string.h>

/* Random bytes are bought in bulk: a system call or a lock for each id would cost more than the id.
 */
static void cheap_random(unsigned char *out, size_t size)
{
    static _Thread_local unsigned char pool[1024];
    static _Thread_local size_t left;
    if (left < size) {
        hash_random(pool, sizeof pool);
        left = sizeof pool;
    }
    left -= size;
    memcpy(out, pool + left, size);
}

/* Within one millisecond the 12 bits of rand_a count up (RFC 9562, 6.2, method 1); when they run
 * over, time runs ahead. */
static uint64_t next_tick(void)
{
    static _Thread_local uint64_t last;
    uint64_t tick = (uint64_t)(clock_now_us() / 1000) << 12;
    last = tick > last ? tick : last + 1;
    return last;
}

void uuid_make(char out[static UUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char id[16];
    uint64_t tick = next_tick();

    for (int i = 0; i < 6; i++)
        id[i] = (unsigned char)(tick >> (52 - 8 * i));
    id[6] = (unsigned char)(0x70 | (tick >> 8 & 0x0F));
    id[7] = (unsigned char)tick;
    cheap_random(id + 8, 8);
    id[8] = (unsigned char)(0x80 | (id[8] & 0x3F));

    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        *out++ = digits[id[i] >> 4];
        *out++ = digits[id[i] & 15];
    }
    *out = '\0';
}

str uuid_text(struct arena *arena)
{
    char *text = arena_alloc_raw(arena, UUID_TEXT_SIZE);
    uuid_make(text);
    return (str){text, UUID_TEXT_SIZE - 1};
}

bool uuid_is_valid(str text)
{
    if (text.length != UUID_TEXT_SIZE - 1)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.bytes[i];
        bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        bool is_dash_place = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash_place ? c != '-' : !is_hex)
            return false;
    }
    return true;
}
