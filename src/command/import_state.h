/* import_state.h - how far an import has come: a small file beside the one that is imported, there
 * only while it is under way. It holds for one file of one size and one database. */
#pragma once

#include "base/status.h"
#include "source/source.h"

struct import_count {
    uint64_t imported, known, refused;
};

struct import_state {
    str path;
    str database;
    uint64_t size; /* of the file that is imported */
    struct source_place place;
    struct import_count count;
};

/* False: there is none that fits, and the import begins at the start. */
bool import_state_read(struct import_state *state);

/* Replaces the file in one step, so that it is whole at any moment. */
enum status import_state_write(const struct import_state *state, struct error *err) MUST_CHECK;
void import_state_remove(const struct import_state *state);
