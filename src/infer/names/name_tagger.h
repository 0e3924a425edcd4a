/* name_tagger.h - finds names of people in text, by a linear-chain conditional random field
 * (Lafferty, McCallum and Pereira 2001) over three tags: outside, begin, inside.
 *
 * A tagger is immutable and shared by all threads. Time is linear in the text; memory is the
 * arena's, for what is found. */
#pragma once

#include "base/status.h"
#include "base/str.h"

struct name_tagger;

struct name_span {
    uint32_t begin, end; /* bytes of the text, end exclusive */
    float score;         /* how sure, 0..1 */
};

struct name_spans {
    struct name_span *items; /* by place, apart */
    size_t count, capacity;
};

/* Maps the model at `path`. NOT_FOUND, CORRUPT. */
enum status name_tagger_open(struct name_tagger **tagger, const char *path,
                             struct error *err) MUST_CHECK;
void name_tagger_close(struct name_tagger *tagger);              /* NULL is fine */
const char *name_tagger_model(const struct name_tagger *tagger); /* its name */

/* Words after which, as after a title, a name in small letters is looked for: lower case, apart by
 * blanks. */
extern const char name_cue_words[];

/* All names in valid UTF-8 `text`, less than 4 GiB. `cues` are the places where cue words end, in
 * order; a caller that reads the words anyway finds them at no cost. */
struct name_spans name_tagger_find(const struct name_tagger *tagger, struct arena *arena, str text,
                                   const uint32_t *cues, size_t cue_count);
