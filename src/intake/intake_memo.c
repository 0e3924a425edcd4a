#include "intake/intake_memo.h"

#include "base/clock.h"
#include "intake/intake_inside.h"
#include "telemetry/metrics.h"

#include <string.h>

enum {
    LONGEST_TEXT = 8 * 1024, /* hashed on the loop, in a few microseconds */
    KEY_MOST = LONGEST_TEXT + 256,
    LONGEST_CODE = 16 /* of a language, found or claimed */
};

/* Without a pointer: the texts of its analysis are absent. */
struct memo {
    struct analysis local;
    struct pii_tally pii;
    bool pii_detected, truncated;
    bool is_wanted; /* a language model's answer is, and stands where `trace` says */
    struct cascade_trace trace;
    char language_code[LONGEST_CODE];
};
_Static_assert(sizeof(struct memo) <= CACHE_VALUE_MOST, "or no memo is kept");

static void add_number(struct buf *parts, uint64_t number)
{
    buf_add(parts, (str){(const char *)&number, sizeof number});
}

/* Numbers first, then a text behind its length: no two questions read the same. */
static void write_key(const struct intake_options *intake, struct arena *arena,
                      const struct preparation *preparation, const struct feedback *item,
                      struct cache_key *key)
{
    struct buf parts;
    buf_init(&parts, arena, KEY_MOST);
    add_number(&parts, (uint64_t)item->tenant_id);
    add_number(&parts, preparation->generation);
    add_number(&parts, cascade_generation(intake->cascade));
    add_number(&parts, adaptation_generation(analyst_adaptation(intake->analyst)));
    add_number(&parts, preparation->is_strict);
    add_number(&parts,
               str_is_absent(item->language_code) ? UINT64_MAX : item->language_code.length);
    buf_add(&parts, item->language_code);
    buf_add(&parts, item->text);
    key->group = item->tenant_id;
    hash_sha256(buf_str(&parts), key->bytes);
}

/* Where what is known of the item lies; false: nothing of its kind is kept. */
static bool find_place(const struct intake_options *intake, struct arena *arena,
                       struct preparation *preparation, const struct feedback *item)
{
    struct memo_place *place = &preparation->place;
    place->is_known = intake->memos != NULL && preparation->generation > 0 &&
                      preparation->is_brief && item->text.length <= LONGEST_TEXT &&
                      item->language_code.length < LONGEST_CODE;
    if (place->is_known)
        write_key(intake, arena, preparation, item, &place->key);
    return place->is_known;
}

static bool read_memo(const struct intake_options *intake, struct arena *arena,
                      const struct memo_place *place, struct memo *memo)
{
    str value;
    if (!cache_find(intake->memos, arena, &place->key, &value))
        return false;
    memcpy(memo, value.bytes, sizeof *memo);
    return true;
}

static void fill_in(struct arena *arena, const struct memo *memo, struct feedback *item)
{
    item->text = (str){0};
    if (str_is_absent(item->language_code) && memo->language_code[0] != '\0')
        item->language_code = str_copy(arena, str_from_z(memo->language_code));
    item->language_support = (int)language_support_of(item->language_code);
    item->pii_detected = memo->pii_detected;
    item->truncated = memo->truncated;
    item->status = FEEDBACK_COMPLETED;
}

/* With what was read for it this first time, so that the next time is quicker. */
static bool recall_answer(const struct intake_options *intake, struct arena *arena,
                          const struct memo_place *place, struct memo *memo,
                          struct analysis *answer)
{
    uint64_t known = memo->trace.labels.value;
    bool is_there = cascade_recall(intake->cascade, arena, &memo->trace, answer);
    if (is_there && memo->trace.labels.value != known)
        cache_put(intake->memos, &place->key, (str){(const char *)memo, sizeof *memo});
    return is_there;
}

bool intake_recall(const struct intake_options *intake, struct arena *arena,
                   struct preparation *preparation, struct feedback *item)
{
    uint64_t began = clock_monotonic_us();
    struct analysis answer;
    struct memo memo;
    if (!find_place(intake, arena, preparation, item) ||
        !read_memo(intake, arena, &preparation->place, &memo) ||
        (memo.is_wanted && !recall_answer(intake, arena, &preparation->place, &memo, &answer)))
        return false;
    if (memo.is_wanted)
        intake_adopt(intake, preparation->configuration, &memo.local, &answer, item);
    else
        item->analysis = memo.local;
    fill_in(arena, &memo, item);
    intake_count_personal_data(item, &memo.pii);
    cascade_count(&item->analysis, memo.is_wanted);
    metric_add(METRIC_memo_hits_total, 1);
    /* One that has begun counts, or Server-Timing would have nothing to say. */
    preparation->timing.analysis_us += (int64_t)(clock_monotonic_us() - began) + 1;
    return true;
}

void intake_remember(const struct intake_options *intake, const struct inquiry *inquiry)
{
    const struct preparation *preparation = inquiry->preparation;
    const struct feedback *item = inquiry->item;
    const struct analysis *local = inquiry->is_wanted ? &inquiry->local : &item->analysis;
    struct memo memo = {.local = *local,
                        .pii = preparation->pii_tally,
                        .pii_detected = item->pii_detected,
                        .truncated = item->truncated,
                        .is_wanted = inquiry->is_wanted,
                        .trace = inquiry->trace};
    bool is_answered = !inquiry->is_wanted || inquiry->is_answered;
    if (!preparation->place.is_known || !is_answered || !analyst_is_whole(intake->analyst, local) ||
        item->language_code.length >= LONGEST_CODE)
        return;
    analysis_drop_texts(&memo.local);
    if (!str_is_absent(item->language_code))
        memcpy(memo.language_code, item->language_code.bytes, item->language_code.length);
    cache_put(intake->memos, &preparation->place.key, (str){(const char *)&memo, sizeof memo});
}

void intake_forget(const struct intake_options *intake, int64_t tenant_id)
{
    if (intake->memos != NULL)
        cache_clear(intake->memos, tenant_id);
}
