#include "text/invisible.h"

#include <stddef.h>
#include <utf8proc.h>

enum {
    ZERO_WIDTH_NON_JOINER = 0x200C,
    ZERO_WIDTH_JOINER = 0x200D,
    TEXT_STYLE = 0xFE0E, /* variation selector 15 */
    EMOJI_STYLE = 0xFE0F,
    KEYCAP = 0x20E3
};

struct range {
    uint32_t first, last;
};

/* Sorted. Default_Ignorable_Code_Point and Cc (Unicode 15), less what is kept everywhere. */
static const struct range suspects[] = {
    {0x00, 0x08},     {0x0B, 0x1F},       {0x7F, 0x9F},       {0xAD, 0xAD},       {0x034F, 0x034F},
    {0x061C, 0x061C}, {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},   {0x202A, 0x202E},
    {0x2060, 0x206F}, {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},
    {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

/* Sorted. Scripts whose letters change shape next to a joiner: Arabic to N'Ko and Mandaic, Arabic
 * Extended, the Indic scripts to Sinhala, Tibetan and Myanmar, Khmer, Mongolian, Meetei Mayek. */
static const struct range joining_scripts[] = {
    {0x0600, 0x085F}, {0x0860, 0x08FF}, {0x0900, 0x0DFF}, {0x0F00, 0x109F},   {0x1780, 0x17FF},
    {0x1800, 0x18AF}, {0x1B00, 0x1BFF}, {0xA840, 0xA8FF}, {0xA980, 0xA9FF},   {0xAA60, 0xAA7F},
    {0xABC0, 0xABFF}, {0xFB50, 0xFDFF}, {0xFE70, 0xFEFE}, {0x10D00, 0x10D3F}, {0x11000, 0x1173F},
};

static bool is_within(const struct range *ranges, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count && ranges[i].first <= code; i++)
        if (code <= ranges[i].last)
            return true;
    return false;
}

bool invisible_is_suspect(uint32_t code)
{
    return is_within(suspects, sizeof suspects / sizeof *suspects, code);
}

static bool joins(uint32_t letter)
{
    return is_within(joining_scripts, sizeof joining_scripts / sizeof *joining_scripts, letter);
}

static const utf8proc_property_t *property_of(uint32_t code)
{
    return utf8proc_get_property((utf8proc_int32_t)code);
}

static bool is_pictograph(uint32_t code)
{
    return property_of(code)->boundclass == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

static bool is_skin_tone(uint32_t code)
{
    return code >= 0x1F3FB && code <= 0x1F3FF;
}

static bool can_carry_keycap(uint32_t code)
{
    return (code >= '0' && code <= '9') || code == '#' || code == '*';
}

static bool is_needed(const struct visible *seen, uint32_t code, uint32_t next)
{
    if (code == ZERO_WIDTH_JOINER && seen->in_emoji && is_pictograph(next))
        return true;
    if (code == ZERO_WIDTH_JOINER || code == ZERO_WIDTH_NON_JOINER)
        return joins(seen->letter);
    if (code >= 0x180B && code <= 0x180F)
        return seen->letter >= 0x1820 && seen->letter <= 0x18AA;
    if (code == EMOJI_STYLE || code == TEXT_STYLE)
        return is_pictograph(seen->previous) ||
               (next == KEYCAP && can_carry_keycap(seen->previous));
    return false;
}

bool invisible_keep(struct visible *seen, uint32_t code, uint32_t next)
{
    bool is_suspect = invisible_is_suspect(code);
    if (is_suspect && !is_needed(seen, code, next))
        return false;
    seen->in_emoji = is_pictograph(code) || (seen->in_emoji && is_skin_tone(code)) ||
                     (is_pictograph(seen->previous) && is_suspect);
    /* Marks are skipped: canonical order may move them, and a second pass must agree. */
    if (is_suspect || property_of(code)->combining_class == 0)
        seen->letter = code;
    seen->previous = code;
    return true;
}
