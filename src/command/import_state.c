#include "command/import_state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Offset, line, imported, known, refused, size, and the database up to the end of the line. */
#define STATE_HEAD "hark-import 1 "

static bool read_numbers(str *rest, uint64_t *const numbers[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        str word;
        int64_t number;
        if (!str_cut(*rest, ' ', &word, rest) || !str_to_integer(word, &number) || number < 0)
            return false;
        *numbers[i] = (uint64_t)number;
    }
    return true;
}

bool import_state_read(struct import_state *state)
{
    struct arena arena = {0};
    char bytes[2048];
    struct import_state read = *state;
    FILE *file = fopen(str_z(&arena, state->path), "re");
    size_t length = file != NULL ? fread(bytes, 1, sizeof bytes, file) : 0;
    if (file != NULL)
        fclose(file);
    arena_reset(&arena);

    str rest = {bytes, length};
    uint64_t *const numbers[] = {&read.place.offset, &read.place.line,    &read.count.imported,
                                 &read.count.known,  &read.count.refused, &read.size};
    if (!str_starts_with(rest, STR(STATE_HEAD)))
        return false;
    rest = str_slice(rest, strlen(STATE_HEAD), rest.length);
    if (!read_numbers(&rest, numbers, sizeof numbers / sizeof *numbers) ||
        read.size != state->size || read.place.offset > read.size || read.place.line == 0 ||
        !str_equal(str_trim(rest), state->database))
        return false;
    *state = read;
    return true;
}

enum status import_state_write(const struct import_state *state, struct error *err)
{
    struct arena arena = {0};
    const char *path = str_z(&arena, state->path);
    const char *fresh = str_z(&arena, str_format(&arena, "%s.new", path));
    FILE *file = fopen(fresh, "we");
    bool is_written =
        file != NULL &&
        fprintf(file,
                STATE_HEAD "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
                           " " STR_FORMAT "\n",
                state->place.offset, state->place.line, state->count.imported, state->count.known,
                state->count.refused, state->size, STR_ARG(state->database)) > 0;
    if (file != NULL && fclose(file) != 0)
        is_written = false;
    enum status status = STATUS_OK;
    if (!is_written || rename(fresh, path) != 0)
        status = fail(err, STATUS_UNAVAILABLE, "cannot write '%s': %s", path, strerror(errno));
    arena_reset(&arena);
    return status;
}

void import_state_remove(const struct import_state *state)
{
    struct arena arena = {0};
    unlink(str_z(&arena, state->path));
    arena_reset(&arena);
}
