#include "infer/corpus.h"

#include "base/heap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_ROOM = 1024,
    HELD_OUT_ONE_IN = 10
};

static const float TRUST_IN_GUESSES = 0.2F;

void corpus_close(struct corpus *corpus)
{
    free(corpus->rows);
    free(corpus->forbidden);
    arena_reset(&corpus->arena);
    *corpus = (struct corpus){0};
}

static bool read_fully(int fd, char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t got = read(fd, bytes, size);
        if (got <= 0)
            return false;
        bytes += got;
        size -= (size_t)got;
    }
    return true;
}

enum status corpus_read(struct arena *arena, const char *path, str *text, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(err, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_UNAVAILABLE,
                    "cannot open '%s': %s", path, strerror(errno));
    struct stat about;
    size_t size = fstat(fd, &about) == 0 && about.st_size > 0 ? (size_t)about.st_size : 0;
    char *bytes = arena_alloc_raw(arena, size + 1);
    bool is_read = read_fully(fd, bytes, size);
    close(fd);
    if (!is_read)
        return fail(err, STATUS_UNAVAILABLE, "cannot read '%s'", path);
    *text = (str){bytes, size};
    return STATUS_OK;
}

bool corpus_next_line(str *rest, str *label, str *text)
{
    *text = (str){0};
    while (rest->length > 0) {
        str line = {0};
        str_cut(*rest, '\n', &line, rest);
        bool has_tab = str_cut(line, '\t', label, text);
        if (has_tab && text->length > 0)
            return true;
    }
    return false;
}

uint64_t corpus_key(str text)
{
    uint64_t hash = 0xcbf29ce484222325ULL; /* FNV-1a */
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.bytes[i];
        bool is_capital = (unsigned char)(byte - 'A') < 26;
        byte = is_capital ? byte | 32 : byte;
        if ((unsigned char)(byte - 'a') < 26 || (unsigned char)(byte - '0') < 10)
            hash = (hash ^ byte) * 0x100000001b3ULL;
    }
    hash ^= hash >> 32;
    return hash == 0 ? 1 : hash;
}

static size_t place_of(const struct corpus *corpus, uint64_t key)
{
    size_t at = key & (corpus->forbidden_capacity - 1);
    while (corpus->forbidden[at] != 0 && corpus->forbidden[at] != key)
        at = (at + 1) & (corpus->forbidden_capacity - 1);
    return at;
}

static void grow_forbidden(struct corpus *corpus)
{
    uint64_t *old = corpus->forbidden;
    size_t old_capacity = corpus->forbidden_capacity;
    corpus->forbidden_capacity = old_capacity == 0 ? 1 << 12 : 2 * old_capacity;
    corpus->forbidden = heap_alloc(corpus->forbidden_capacity * sizeof *corpus->forbidden);
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i] != 0)
            corpus->forbidden[place_of(corpus, old[i])] = old[i];
    free(old);
}

static void forbid_text(struct corpus *corpus, str text)
{
    if (2 * corpus->forbidden_count >= corpus->forbidden_capacity)
        grow_forbidden(corpus);
    uint64_t key = corpus_key(text);
    size_t place = place_of(corpus, key);
    corpus->forbidden_count += corpus->forbidden[place] == 0;
    corpus->forbidden[place] = key;
}

enum status corpus_forbid(struct corpus *corpus, const char *path, struct error *err)
{
    str rest = {0};
    str label;
    str text;
    struct arena arena = {0};
    enum status status = corpus_read(&arena, path, &rest, err);
    while (status == STATUS_OK && corpus_next_line(&rest, &label, &text))
        forbid_text(corpus, text);
    arena_reset(&arena);
    return status;
}

static bool is_test_name(const char *name)
{
    str file = str_from_z(name);
    return (str_starts_with(file, STR("test")) || str_starts_with(file, STR("dev"))) &&
           str_ends_with(file, STR(".tsv"));
}

static enum status forbid_tests_in(struct corpus *corpus, const char *folder, struct error *err)
{
    DIR *entries = opendir(folder);
    if (entries == NULL)
        return STATUS_OK; /* a plain file beside the sets */
    enum status status = STATUS_OK;
    const struct dirent *entry;
    while (status == STATUS_OK && (entry = readdir(entries)) != NULL) {
        char path[PATH_ROOM];
        if (!is_test_name(entry->d_name))
            continue;
        int length = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (length > 0 && (size_t)length < sizeof path)
            status = corpus_forbid(corpus, path, err);
    }
    closedir(entries);
    return status;
}

enum status corpus_forbid_tests_under(struct corpus *corpus, const char *folder, struct error *err)
{
    DIR *entries = opendir(folder);
    if (entries == NULL)
        return fail(err, STATUS_NOT_FOUND, "there is no data folder '%s'", folder);
    enum status status = STATUS_OK;
    const struct dirent *entry;
    while (status == STATUS_OK && (entry = readdir(entries)) != NULL) {
        char path[PATH_ROOM];
        int length = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.' && length > 0 && (size_t)length < sizeof path)
            status = forbid_tests_in(corpus, path, err);
    }
    closedir(entries);
    return status;
}

float corpus_weight(const struct corpus_row *row, enum head head)
{
    if (head == HEAD_SENTIMENT)
        return (1.0F - row->doubt) * row->weight;
    bool is_guess = head == HEAD_SEVERITY && row->is_severity_guessed;
    return is_guess ? TRUST_IN_GUESSES * row->weight : row->weight;
}

bool corpus_add(struct corpus *corpus, const struct corpus_row *row)
{
    uint64_t key = corpus_key(row->text);
    if (corpus->forbidden_count > 0 && corpus->forbidden[place_of(corpus, key)] == key) {
        corpus->refused++;
        return false;
    }
    if (corpus->count == corpus->capacity) {
        corpus->capacity = corpus->capacity == 0 ? 1 << 12 : 2 * corpus->capacity;
        corpus->rows = heap_resize(corpus->rows, corpus->capacity * sizeof *corpus->rows);
    }
    struct corpus_row *kept = &corpus->rows[corpus->count++];
    *kept = *row;
    kept->is_held_out = key / 7 % HELD_OUT_ONE_IN == 0;
    return true;
}

static bool says_something(const int8_t *labels, enum label_scheme scheme)
{
    if (scheme == SCHEME_LANGUAGE)
        return true;
    for (int head = 0; head < HEAD_NOISE; head++)
        if (labels[head] != LABEL_NONE)
            return true;
    return false;
}

enum status corpus_add_file(struct corpus *corpus, const char *path, const struct data_set *set,
                            struct error *err)
{
    str rest = {0};
    str label;
    enum status status = corpus_read(&corpus->arena, path, &rest, err);
    if (status != STATUS_OK)
        return status;
    struct corpus_row row = {0};
    while (corpus_next_line(&rest, &label, &row.text)) {
        row.weight = set->weight;
        row.kind = (int8_t)set->kind;
        row.calibrates = set->calibrates;
        row.doubt = 1.0F - data_set_read_label(set->scheme, label, row.labels);
        if (says_something(row.labels, set->scheme))
            corpus_add(corpus, &row);
    }
    return STATUS_OK;
}
